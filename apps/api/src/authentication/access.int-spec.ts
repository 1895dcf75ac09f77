import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@holdfast/persistence';
import { Lifecycle } from '@holdfast/runtime';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { makeToken } from '../testing/tokens.ts';
import { SCOPES } from './principal.ts';

const OPEN = /^GET \/(health\/|metrics$|docs|openapi\.)/;
/** Reading is not changing, nor the other way round: what a route is for shows in its method. */
const SCOPES_OF_READING = ['jobs:read', 'jobs:admin'];
const SCOPES_OF_CHANGING = ['jobs:write', 'jobs:admin'];
/** Every set of scopes that a token can have. */
const SCOPE_SETS = Array.from({ length: 2 ** SCOPES.length }, (_, set) => SCOPES.filter((_, n) => set & (1 << n)));

interface Operation {
  readonly security?: readonly { readonly bearer?: readonly string[] }[];
}

describe('access', () => {
  let api: RunningApi;
  let client: Client;
  /** Every route that the router knows, and the scope that the documentation declares for it. */
  let routes: { readonly route: string; readonly scope: string | undefined }[];

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
    const { paths } = (await client.get('/openapi.json')).body as { paths: Record<string, Record<string, Operation>> };
    routes = api.routes
      .filter(({ method, url }) => !['HEAD', 'OPTIONS'].includes(method) && !OPEN.test(`${method} ${url}`))
      .map(({ method, url }) => {
        const operation = paths[url.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
        return { route: `${method} ${url}`, scope: operation?.security?.[0]?.bearer?.[0] };
      });
  });

  afterAll(() => api.close());

  /** Only the beginning of an answer is looked at: some never end. */
  const ask = async (route: string, token: string, id: string = randomUUID(), body: unknown = {}) => {
    const [method = '', path = ''] = route.split(' ');
    const answer = await fetch(`${api.url}${path.replace(/:\w+/g, id)}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token !== '' && { authorization: `Bearer ${token}` }) },
      ...(method !== 'GET' && { body: JSON.stringify(body) }),
    });
    const isProblem = answer.headers.get('content-type')?.includes('application/problem+json') === true;
    const { code } = isProblem ? ((await answer.json()) as { code: string }) : {};
    if (!isProblem) await answer.body?.cancel();
    return { status: answer.status, code, headers: answer.headers };
  };

  it('to every route is by a scope that fits what it does', () => {
    expect(routes.length).toBeGreaterThan(9);
    for (const { route, scope } of routes) {
      const fitting = route.startsWith('GET ') ? SCOPES_OF_READING : SCOPES_OF_CHANGING;
      expect({ route, scope, fits: fitting.includes(scope ?? '') }).toEqual({ route, scope, fits: true });
    }
  });

  it('to every route needs a token', async () => {
    for (const { route } of routes) {
      const { status, code, headers } = await ask(route, '');
      expect({ route, status, code }).toEqual({ route, status: 401, code: 'unauthenticated' });
      expect(headers.get('www-authenticate')).toBe('Bearer realm="holdfast"');
    }
  });

  it('to every route is given by its scope and by no other, whatever else the token has', async () => {
    for (const scopes of SCOPE_SETS) {
      const token = await makeToken({ scope: scopes.join(' ') });
      for (const { route, scope } of routes) {
        const { status, code, headers } = await ask(route, token);
        const [may, did] = [(scopes as readonly (string | undefined)[]).includes(scope), code !== 'insufficient-scope'];
        expect({ route, scopes, did }).toEqual({ route, scopes, did: may });
        if (may) expect([200, 201, 202, 204, 400, 404, 409, 412, 428]).toContain(status);
        else expect(headers.get('www-authenticate')).toContain(`scope="${String(scope)}"`);
      }
    }
  });

  it.each([
    ['with a star', 'jobs:*'],
    ['in capitals', 'JOBS:READ JOBS:WRITE JOBS:ADMIN'],
    ['with commas', 'jobs:read,jobs:write,jobs:admin'],
    ['with tabs', 'jobs:read\tjobs:write\tjobs:admin'],
    ['in a list', ['jobs:read', 'jobs:write', 'jobs:admin']],
    ['of workers', 'worker'],
    ['of nothing', ''],
  ])('is given by no scope %s', async (_, scope) => {
    const token = await makeToken({ scope });
    for (const { route } of routes) expect((await ask(route, token)).code).toBe('insufficient-scope');
  });

  it.each([
    ['of another scheme', 'Basic dXNlcjpwYXNz'],
    ['that is garbage', 'Bearer garbage'],
    ['of three parts', 'Bearer a.b.c'],
    ['that is empty', 'Bearer '],
    ['of 10 KB', `Bearer ${'a'.repeat(10_000)}`],
  ])('is refused with a token %s, in the words of every refusal', async (_, authorization) => {
    const bad = await client.get('/v1/jobs', { token: '', headers: { authorization } });
    const none = await client.get('/v1/jobs', { token: '' });
    expect(bad.status).toBe(401);
    expect(bad.body).toEqual(none.body);
  });

  it('is refused with a word on the token only if there is one (RFC 6750)', async () => {
    const bad = await client.get('/v1/jobs', { token: 'a.b.c' });
    expect(bad.headers.get('www-authenticate')).toBe('Bearer realm="holdfast", error="invalid_token"');
  });

  it('to probes and to the documentation is open', async () => {
    for (const path of ['/health/live', '/health/ready', '/health/startup', '/openapi.json']) {
      expect((await client.get(path, { token: '' })).status).toBe(200);
    }
    api.app.get(Lifecycle).startDraining();
    const draining = await client.get('/health/ready', { token: '' });
    expect(draining).toMatchObject({ status: 503, body: { details: { lifecycle: { phase: 'draining' } } } });
  });

  it('to the jobs of another tenant does not exist, and what is tried has no effect', async () => {
    const theirs = await Client.of(api.url, { tenant: 'theirs' });
    const { body } = await theirs.post('/v1/jobs', { type: 'echo', queue: 'secret', tags: ['t'], delay: '1h' });
    const id = String(body['id']);
    for (const { route } of routes.filter((each) => each.route.includes('/jobs/:id'))) {
      const foreign = await ask(route, await makeToken({ tenant: 'mine' }), id);
      const unknown = await ask(route, await makeToken({ tenant: 'mine' }));
      expect({ route, status: foreign.status }).toEqual({ route, status: 404 });
      expect(unknown.status).toBe(404);
    }
    expect((await theirs.get(`/v1/jobs/${id}`)).body).toEqual(body);
  });

  it('to the queues and the dead letters of another tenant does not exist on any route, and what is tried has no effect', async () => {
    const theirs = await Client.of(api.url, { tenant: 'letters' });
    const ids: unknown[] = [];
    for (const queue of ['paused', 'going'])
      ids.push((await theirs.post('/v1/jobs', { type: 'echo', queue, tags: ['t'] })).body['id']);
    await api.app
      .get(Database)
      .change("UPDATE jobs SET state = 'dead', finished_at = UTC_TIMESTAMP(6) WHERE tenant = 'letters'");
    await theirs.post('/v1/queues/paused/pause');
    const seen = async () =>
      [await theirs.get('/v1/queues'), await theirs.get('/v1/dead-letters')].map(({ body }) => body);
    const before = await seen();
    const token = await makeToken({ tenant: 'mine' });
    const tried = routes.filter(({ route }) => /\/(queues|dead-letters)/.test(route));
    expect(tried.length).toBeGreaterThan(5);
    for (const { route } of tried) {
      for (const name of ['paused', 'going']) {
        for (const body of [{}, { ids }, { filter: {} }, { filter: { queue: name, tag: 't' } }]) {
          expect((await ask(route, token, name, body)).status).toBeLessThan(500);
        }
      }
    }
    expect(await seen()).toEqual(before);
    const mine = await Client.of(api.url, { tenant: 'mine' });
    expect((await mine.post('/v1/dead-letters/discard', { ids })).body['items']).toMatchObject(
      ids.map((id) => ({ id, status: 404, code: 'not-found' })),
    );
  });

  it('to lists and counts shows nothing of another tenant', async () => {
    const mine = await Client.of(api.url, { tenant: 'nobody' });
    for (const path of ['/v1/jobs', '/v1/jobs?tag=t', '/v1/jobs?queue=secret', '/v1/dead-letters', '/v1/queues']) {
      expect((await mine.get(path)).body).toEqual({ items: [], nextCursor: null });
    }
    expect((await mine.get('/v1/stats')).body['jobs']).toMatchObject({ scheduled: 0, ready: 0 });
  });
});
