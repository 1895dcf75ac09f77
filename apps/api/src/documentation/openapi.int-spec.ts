import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { format, resolveConfig } from 'prettier';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly security?: { readonly bearer?: readonly string[] }[];
  readonly responses: Record<string, Record<string, unknown>>;
  readonly requestBody?: { content: Record<string, { examples?: Record<string, { value: unknown }> }> };
}

const SNAPSHOT = path.resolve(import.meta.dirname, '../../../../docs/openapi.json');

describe('the OpenAPI document', () => {
  let api: RunningApi;
  let client: Client;
  let operations: [string, Operation][];
  let document: Record<string, unknown>;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
    document = (await client.get('/openapi.json', { token: '' })).body;
    operations = Object.entries(document['paths'] as Record<string, Record<string, Operation>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, each]): [string, Operation] => [`${method} ${path}`, each]),
    );
  });

  afterAll(() => api.close());

  /** A change to the contract is to be seen in review. After one that is meant: UPDATE_OPENAPI=1 npm test -- --only integration -- openapi */
  it('is the one in docs/openapi.json, or UPDATE_OPENAPI=1 writes it there', async () => {
    const options = { ...(await resolveConfig(SNAPSHOT)), filepath: SNAPSHOT };
    const text = await format(JSON.stringify(document), options);
    if (process.env['UPDATE_OPENAPI'] === '1') writeFileSync(SNAPSHOT, text);
    expect(text).toBe(readFileSync(SNAPSHOT, 'utf8'));
  });

  it('is OpenAPI 3.1, and a linter has nothing to say about it', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: '/openapi.json', config });
    expect(document['openapi']).toBe('3.1.0');
    expect(problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`)).toEqual(
      [],
    );
  });

  it('describes every route with an id of its own, a summary, its scope and its problems', () => {
    const routes = api.routes.filter(({ method, url }) => method !== 'HEAD' && url.startsWith('/v1/'));
    expect(operations).toHaveLength(routes.length);
    for (const [route, { operationId, summary, description, security, responses }] of operations) {
      const scopes = security?.[0]?.bearer ?? [];
      expect({ route, operationId, summary, scopes: scopes.length }).toEqual({
        route,
        operationId: expect.any(String),
        summary: expect.any(String),
        scopes: 1,
      });
      expect(description).toContain(`\`${String(scopes[0])}\``);
      for (const status of [401, 403, 429, 503]) {
        expect(responses[status]).toEqual({ $ref: `#/components/responses/Problem${status}` });
      }
    }
    expect(new Set(operations.map(([, { operationId }]) => operationId)).size).toBe(operations.length);
  });

  it('refers to nothing that it does not hold', () => {
    const references = JSON.stringify(document).match(/(?<="\$ref":"#\/)[^"]+/g) ?? [];
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) expect(document).toHaveProperty(reference.split('/'));
  });

  it('has examples that can be sent as they stand', async () => {
    const examples = operations.flatMap(([route, { requestBody }]) =>
      Object.values(requestBody?.content['application/json']?.examples ?? {}).map(({ value }) => ({ route, value })),
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const { route, value } of examples.filter(({ route }) =>
      ['post /v1/jobs', 'post /v1/jobs/batch', 'post /v1/schedules'].includes(route),
    )) {
      expect((await client.post(route.replace('post ', ''), value)).status).toBe(201);
    }
  });

  it('is shown by Swagger UI, whose scripts the security headers allow', async () => {
    const page = await fetch(`${api.url}/docs`);
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'.*script-src 'self'/);
    expect(page.headers.get('content-security-policy')).not.toMatch(/script-src[^;]*unsafe/);
    const scripts = [...html.matchAll(/<script([^>]*)>([^<]*)/g)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, attributes = '', inline = ''] of scripts) {
      expect(inline.trim()).toBe('');
      const path = /src="([^"]+)"/.exec(attributes)?.[1] ?? '';
      expect((await fetch(new URL(path, `${api.url}/`))).status).toBe(200);
    }
  });
});
