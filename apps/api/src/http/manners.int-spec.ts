import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '../testing/client.ts';
import { RawConnection } from '../testing/raw-connection.ts';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { HTTP_LIMITS } from './http-limits.ts';

const ORIGIN = 'https://app.example';
const UUID = /^[0-9a-f-]{36}$/;

describe('over HTTP the api', () => {
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    api = await startApi();
    client = await Client.of(api.url);
  });

  afterAll(() => api.close());

  it('answers HEAD like GET, without a body', async () => {
    const [head, get] = [await client.call('HEAD', '/v1/jobs'), await client.get('/v1/jobs')];
    expect(head.status).toBe(200);
    expect(head.body).toEqual({});
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
  });

  it.each([
    ['/v1/jobs', 'GET, HEAD, OPTIONS, POST'],
    ['/v1/jobs/0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d/cancel', 'OPTIONS, POST'],
  ])('says to OPTIONS of %s what is possible, without a token', async (path, methods) => {
    const { status, headers } = await client.call('OPTIONS', path, { token: '' });
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 204, allow: methods });
  });

  it('answers a wrong method with 405 and those that there are, before it reads a body', async () => {
    const { status, headers, body } = await client.call('PUT', '/v1/jobs', {
      raw: 'what',
      headers: { 'content-type': 'x/y' },
    });
    expect({ status, code: body['code'] }).toEqual({ status: 405, code: 'method-not-allowed' });
    expect(headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST');
    expect(headers.get('content-type')).toContain('application/problem+json');
  });

  it.each(['/', '/v1', '/v2/jobs', '/v1/jobs/a/b/c/d', '/v1/jobs//', '/%00', '/v1/jobs/..%2f..'])(
    'knows nothing at %s',
    async (path) => {
      const { status, headers } = await client.get(path);
      expect([400, 404]).toContain(status);
      expect(headers.get('content-type')).toContain('application/problem+json');
    },
  );

  it.each(['/v1/jobs/%zz', '/v1/queues/%E0%A4'])(
    'answers %s, which cannot be decoded, like any other',
    async (path) => {
      const { status, headers } = await client.get(path, { headers: { 'x-request-id': 'shop-42' } });
      expect({ status, id: headers.get('x-request-id') }).toEqual({ status: 400, id: 'shop-42' });
      for (const name of ['x-content-type-options', 'content-security-policy', 'cache-control'])
        expect(headers.get(name)).not.toBeNull();
    },
  );

  it('gives a request back the id that it came with', async () => {
    const { headers } = await client.get('/v1/jobs', { headers: { 'x-request-id': 'shop-42:a/b' } });
    expect(headers.get('x-request-id')).toBe('shop-42:a/b');
  });

  it.each([['a b'], ['x'.repeat(129)], ['<script>'], ['']])(
    'makes an id for a request that has "%s"',
    async (given) => {
      const { headers } = await client.get('/nowhere', { headers: { 'x-request-id': given } });
      expect(headers.get('x-request-id')).toMatch(UUID);
    },
  );

  it('lets a browser keep, embed, guess and run nothing of an answer', async () => {
    for (const path of ['/v1/jobs', '/nowhere', '/health/live', '/openapi.json']) {
      const { headers } = await client.get(path);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'.*frame-ancestors 'none'$/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toContain('no-store');
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it.each(['gzip', 'br'])('compresses what is long with %s', async (encoding) => {
    const answer = await fetch(`${api.url}/openapi.json`, { headers: { 'accept-encoding': encoding } });
    expect(answer.headers.get('content-encoding')).toBe(encoding);
    expect(answer.headers.get('vary')).toContain('accept-encoding');
    expect(await answer.json()).toHaveProperty('openapi');
  });

  it('lets no page from elsewhere call', async () => {
    for (const method of ['GET', 'OPTIONS']) {
      const { headers } = await client.call(method, '/v1/jobs', { headers: { origin: ORIGIN } });
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe('with CORS_ORIGINS the api', () => {
  let api: RunningApi;
  let client: Client;

  beforeAll(async () => {
    api = await startApi({ configuration: { http: { ...HTTP_LIMITS, origins: [ORIGIN] } } });
    client = await Client.of(api.url);
  });

  afterAll(() => api.close());

  it('lets pages of the given origins call, and no others', async () => {
    const preflight = (origin: string) =>
      client.call('OPTIONS', '/v1/jobs', { token: '', headers: { origin, 'access-control-request-method': 'POST' } });
    expect((await preflight(ORIGIN)).headers.get('access-control-allow-origin')).toBe(ORIGIN);
    for (const origin of ['https://app.example.evil', 'http://app.example', 'null']) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).not.toBe(origin);
    }
    const { headers } = await client.get('/v1/jobs', { headers: { origin: ORIGIN } });
    expect(headers.get('access-control-expose-headers')).toContain('Location');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
  });
});

describe('a client that does not end its request', () => {
  let api: RunningApi;

  beforeAll(async () => {
    api = await startApi({ configuration: { http: { ...HTTP_LIMITS, requestTimeoutMs: 300 } } });
  });

  afterAll(() => api.close());

  it.each([
    ['in its headers', 'GET /v1/jobs HTTP/1.1\r\nhost: x\r\nx-slow: '],
    [
      'in its body',
      'POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
    ],
    [
      'in a chunk',
      'POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nfff\r\n{',
    ],
  ])('%s is cut off, byte by byte or not', async (_, beginning) => {
    const connection = await RawConnection.to(api.url);
    connection.send(beginning);
    const drip = setInterval(() => connection.send('1'), 50);
    const answer = await connection.untilClosed();
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect((await fetch(`${api.url}/health/live`)).status).toBe(200);
  });

  it('and one that says nothing between two requests is kept', async () => {
    const connection = await RawConnection.to(api.url);
    const ask = (): void => connection.send('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
    ask();
    await connection.answered();
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // what is shown is that nothing happens meanwhile
    ask();
    while (connection.text.split('HTTP/1.1 200').length < 3) await once(connection.socket, 'data');
    connection.socket.destroy();
    expect(api.app.getHttpServer().keepAliveTimeout).toBeGreaterThan(60_000);
  });
});
