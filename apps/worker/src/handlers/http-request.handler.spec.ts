import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UNTRACED } from '@holdfast/runtime';
import { SMTPServer } from 'smtp-server';
import { DoNotRetryError, type JobContext } from '../handling/job-context.ts';
import { JOB_HANDLER, type JobHandlerMetadata } from '../handling/job-handler.decorator.ts';
import { HttpRequestPayload } from './http/http-payload.ts';
import type { HttpResult } from './http/http-result.ts';
import { HttpRequestHandler } from './http-request.handler.ts';

let server = createServer();
let requests: { message: IncomingMessage; body: string }[] = [];
let answer: RequestListener = (_, response) => response.end();

beforeEach(async () => {
  requests = [];
  server = createServer((message, response) => {
    const chunks: string[] = [];
    message.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
    message.on('end', () => {
      requests.push({ message, body: chunks.join('') });
      answer(message, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

describe('http.request', () => {
  it('has its payload checked before it is run', () => {
    const metadata = Reflect.getMetadata(JOB_HANDLER, HttpRequestHandler) as JobHandlerMetadata;
    expect(metadata).toEqual({ type: 'http.request', payload: HttpRequestPayload });
  });

  it('returns what a 2xx answered', async () => {
    answer = (_, response) => response.writeHead(201, { 'content-type': 'application/json' }).end('{"id":7}');
    const headers = { 'content-type': 'application/json' };
    expect(await run()).toEqual({ status: 201, headers, body: { id: 7 }, truncated: false });
  });

  it('says whose attempt it is', async () => {
    answer = (_, response) => response.end();
    await run({ body: { a: 1 }, headers: { 'X-Custom': 'kept', Authorization: 'Bearer secret' } });
    expect(requests[0]).toMatchObject({
      body: '{"a":1}',
      message: {
        method: 'POST',
        url: '/secret-path?token=secret',
        headers: {
          'idempotency-key': 'job-1',
          'holdfast-fence': '7',
          'holdfast-attempt': '2',
          'user-agent': 'holdfast',
          'accept-encoding': 'identity',
          'content-type': 'application/json',
          'content-length': '7',
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          'x-custom': 'kept',
          authorization: 'Bearer secret',
        },
      },
    });
  });

  it.each([408, 425, 429, 500, 502, 503, 504])('tries again after %d', async (status) => {
    answer = (_, response) => response.writeHead(status).end('details');
    expect(await failure()).not.toBeInstanceOf(DoNotRetryError);
  });

  it.each([301, 302, 304, 307, 308, 400, 401, 403, 404, 409, 410, 422])('gives up after %d', async (status) => {
    answer = (_, response) => response.writeHead(status, { location: 'http://169.254.169.254/' }).end();
    expect(await failure()).toBeInstanceOf(DoNotRetryError);
    expect(requests).toHaveLength(1);
  });

  it('tries again after a connection that broke', async () => {
    answer = (message) => message.socket.destroy();
    const error = await failure();
    expect(error).not.toBeInstanceOf(DoNotRetryError);
    expect(error.message).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+ failed: ./);
  });

  it('sends nothing to a server whose certificate nobody vouches for', async () => {
    const impostor = new SMTPServer({ secure: true, logger: false }).on('error', () => undefined);
    impostor.listen(0, '127.0.0.1');
    await once(impostor.server, 'listening');
    const { port } = impostor.server.address() as AddressInfo;
    const error = await failure({ url: `https://127.0.0.1:${port}/` });
    expect(error).not.toBeInstanceOf(DoNotRetryError);
    expect(error.message).toMatch(/certificate/i);
    await new Promise<void>((resolve) => impostor.close(resolve));
  });

  it('keeps what may be secret out of its errors', async () => {
    answer = (_, response) => response.writeHead(500, 'secret reason', { 'x-echo': 'secret' }).end('secret body');
    const error = await failure({ headers: { Authorization: 'Bearer secret' } });
    expect(error.message).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+ answered 500 Internal Server Error$/);
    expect(error.stack).not.toContain('secret');
  });

  it('is not sent to a private address, and not tried again', async () => {
    const error = await failure({}, { httpAllowPrivate: false });
    expect(error).toBeInstanceOf(DoNotRetryError);
    expect(error.name).toBe('BlockedAddress');
    expect(requests).toHaveLength(0);
  });

  it('stops when its job is stopped', async () => {
    const [stop, reason] = [new AbortController(), new Error('timed out')];
    answer = () => stop.abort(reason);
    expect(await failure({}, { httpAllowPrivate: true }, stop.signal)).toBe(reason);
  });
});

async function run(
  payload: Record<string, unknown> = {},
  configuration = { httpAllowPrivate: true },
  signal = new AbortController().signal,
): Promise<HttpResult> {
  const { port } = server.address() as AddressInfo;
  const resolver = { resolve: () => Promise.resolve(['127.0.0.1']) };
  const request = HttpRequestPayload.parse({ url: `http://127.0.0.1:${port}/secret-path?token=secret`, ...payload });
  return await new HttpRequestHandler(configuration, resolver, UNTRACED).handle(request, contextWith(signal));
}

async function failure(...parameters: Parameters<typeof run>): Promise<Error> {
  return await run(...parameters).then(
    () => {
      throw new Error('it succeeded');
    },
    (error: unknown) => error as Error,
  );
}

function contextWith(signal: AbortSignal): JobContext {
  const silent = (): void => undefined;
  return {
    id: 'job-1',
    type: 'http.request',
    queue: 'default',
    tenant: 'default',
    attempt: 2,
    maxAttempts: 5,
    fence: 7,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    signal,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    progress: silent,
    log: silent,
    snooze: () => {
      throw new Error('not here');
    },
    enqueue: () => 'job-2',
    cancel: () => Promise.resolve(true),
    step: (name, work) => Promise.resolve(work(name)),
    once: (key, work) => Promise.resolve(work(key)),
    dependencies: () => (async function* () {})(),
    addJobs: () => Promise.resolve({}),
  };
}
