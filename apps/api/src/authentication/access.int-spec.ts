import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Lifecycle } from '@holdfast/runtime';
import { Client } from '../testing/client.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { makeToken } from '../testing/tokens.ts';
import { SCOPES } from './principal.ts';

/** Every route, and who may use it. A route that is missing here fails the first test. */
const SCOPE_OF: Record<string, string> = {
  'POST /v1/jobs': 'jobs:write',
  'POST /v1/jobs/batch': 'jobs:write',
  'GET /v1/jobs': 'jobs:read',
  'GET /v1/jobs/:id': 'jobs:read',
  'GET /v1/jobs/:id/wait': 'jobs:read',
  'PATCH /v1/jobs/:id': 'jobs:write',
  'POST /v1/jobs/:id/run-now': 'jobs:write',
  'POST /v1/jobs/:id/cancel': 'jobs:write',
  'POST /v1/jobs/:id/retry': 'jobs:write',
  'GET /v1/dead-letters': 'jobs:read',
  'GET /v1/queues': 'jobs:read',
  'POST /v1/queues/:name/pause': 'jobs:admin',
  'POST /v1/queues/:name/resume': 'jobs:admin',
  'GET /v1/workers': 'jobs:read',
  'GET /v1/stats': 'jobs:read',
};
const OPEN = /^GET \/(health\/|docs|openapi\.)/;
const ROUTES = Object.keys(SCOPE_OF);

describe('access', () => {
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
  });

  afterAll(() => api.close());

  const ask = (route: string, token: string, id: string = randomUUID()) => {
    const [method = '', path = ''] = route.split(' ');
    return client.call(method, path.replace(':id', id).replace(':name', 'any'), {
      token,
      ...(method !== 'GET' && { body: {} }),
    });
  };

  it('is decided here for every route that the router knows', () => {
    const known = api.routes
      .filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS')
      .map(({ method, url }) => `${method} ${url}`);
    expect(known.filter((route) => !OPEN.test(route)).sort()).toEqual([...ROUTES].sort());
  });

  it.each(ROUTES)('to %s needs a token', async (route) => {
    const { status, headers, body } = await ask(route, '');
    expect({ status, code: body['code'] }).toEqual({ status: 401, code: 'unauthenticated' });
    expect(headers.get('www-authenticate')).toBe('Bearer realm="holdfast"');
  });

  it.each(ROUTES)('to %s is given by its scope and by no other', async (route) => {
    const scope = SCOPE_OF[route];
    const others = SCOPES.filter((each) => each !== scope).join(' ');
    const { status, headers, body } = await ask(route, await makeToken({ scope: others }));
    expect({ status, code: body['code'] }).toEqual({ status: 403, code: 'insufficient-scope' });
    expect(headers.get('www-authenticate')).toContain(`scope="${String(scope)}"`);
    expect([200, 201, 400, 404]).toContain((await ask(route, await makeToken({ scope }))).status);
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

  it('to probes and to the documentation is open', async () => {
    for (const path of ['/health/live', '/health/ready', '/health/startup', '/openapi.json']) {
      expect((await client.get(path, { token: '' })).status).toBe(200);
    }
    api.app.get(Lifecycle).startDraining();
    const draining = await client.get('/health/ready', { token: '' });
    expect(draining).toMatchObject({ status: 503, body: { details: { lifecycle: { phase: 'draining' } } } });
  });

  it('to the jobs of another tenant does not exist, and what is tried has no effect', async () => {
    const mine = await Client.of(api.url, { tenant: 'mine' });
    const theirs = await Client.of(api.url, { tenant: 'theirs' });
    const { body } = await theirs.post('/v1/jobs', { type: 'echo', queue: 'secret', tags: ['t'], delay: '1h' });
    const id = String(body['id']);
    for (const route of ROUTES.filter((each) => each.includes(':id'))) {
      const [method = '', path = ''] = route.split(' ');
      const body = method === 'PATCH' ? { body: {} } : {};
      const foreign = await mine.call(method, path.replace(':id', id), body);
      const unknown = await mine.call(method, path.replace(':id', randomUUID()), body);
      expect(foreign.status).toBe(404);
      expect(Object.keys(foreign.body)).toEqual(Object.keys(unknown.body));
    }
    expect((await theirs.get(`/v1/jobs/${id}`)).body).toEqual(body);
  });

  it('to lists and counts shows nothing of another tenant', async () => {
    const mine = await Client.of(api.url, { tenant: 'nobody' });
    for (const path of ['/v1/jobs', '/v1/jobs?tag=t', '/v1/jobs?queue=secret', '/v1/dead-letters', '/v1/queues']) {
      expect((await mine.get(path)).body).toEqual({ items: [], nextCursor: null });
    }
    expect((await mine.get('/v1/stats')).body['jobs']).toMatchObject({ scheduled: 0, ready: 0 });
  });
});
