import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly security?: unknown[];
  readonly responses: Record<string, { content?: Record<string, unknown> }>;
  readonly requestBody?: { content: Record<string, { examples?: Record<string, { value: unknown }> }> };
}

describe('the OpenAPI document', () => {
  let api: RunningApi;
  let client: Client;
  let operations: [string, Operation][];
  let document: Record<string, unknown>;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
    document = (await client.get('/openapi.json', { token: '' })).body;
    operations = Object.entries(document['paths'] as Record<string, Record<string, Operation>>)
      .filter(([path]) => path.startsWith('/v1/'))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, each]): [string, Operation] => [`${method} ${path}`, each]),
      );
  });

  afterAll(() => api.close());

  it('describes every route with an id, a summary, its token and its problems', () => {
    const routes = api.routes.filter(({ method, url }) => method !== 'HEAD' && url.startsWith('/v1/'));
    expect(operations).toHaveLength(routes.length);
    for (const [route, { operationId, summary, security, responses }] of operations) {
      expect({ route, told: [operationId, summary].every((text) => text !== undefined) }).toEqual({
        route,
        told: true,
      });
      expect(security).toEqual([{ bearer: [] }]);
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '503']));
      expect(responses['401']?.content).toHaveProperty(['application/problem+json']);
    }
  });

  it('refers to nothing that it does not hold', () => {
    const { schemas } = document['components'] as { schemas: Record<string, unknown> };
    const names = JSON.stringify(document).match(/(?<=#\/components\/schemas\/)\w+/g) ?? [];
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(schemas).toHaveProperty(name);
  });

  it('has examples that can be sent as they stand', async () => {
    const examples = operations.flatMap(([route, { requestBody }]) =>
      Object.values(requestBody?.content['application/json']?.examples ?? {}).map(({ value }) => ({ route, value })),
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const { route, value } of examples) {
      const { body } = await client.post('/v1/jobs', { type: 'echo', delay: '1h' });
      const [method = '', path = ''] = route.replace('{id}', String(body['id'])).split(' ');
      const { status } = await client.call(method.toUpperCase(), path, { body: value });
      expect({ route, value, ok: status === 200 || status === 201 }).toEqual({ route, value, ok: true });
    }
  });

  it('is shown by Swagger UI, whose scripts the security headers allow', async () => {
    const page = await fetch(`${api.url}/docs`);
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const scripts = [...html.matchAll(/<script([^>]*)>([^<]*)/g)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, attributes = '', inline = ''] of scripts) {
      expect(inline.trim()).toBe('');
      const path = /src="([^"]+)"/.exec(attributes)?.[1] ?? '';
      expect((await fetch(new URL(path, `${api.url}/`))).status).toBe(200);
    }
  });
});
