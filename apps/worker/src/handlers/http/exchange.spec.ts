import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AddressPolicy } from './checked-addresses.ts';
import { exchange, EXCHANGE_LIMITS, type Answer, type ExchangeOptions } from './exchange.ts';
import { SystemHostResolver } from './host-resolver.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const SHORT = { ...EXCHANGE_LIMITS, totalMs: 200 };

let server = createServer();
let connections: Socket[] = [];
let queries: string[] = [];

beforeEach(async () => {
  [connections, queries] = [[], []];
  server = createServer((socket) => connections.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  for (const socket of connections) socket.destroy();
  server.close();
  await once(server, 'close');
});

describe('an exchange', () => {
  it('asks the resolver once and connects to what it answered', async () => {
    const received = serve((socket) => socket.end(`${OK}content-length: 2\r\n\r\nhi`));
    const answer = await send('http://name.test:PORT/path?query', resolvingTo(['127.0.0.1'], true));
    expect(answer).toMatchObject({ status: 200, truncated: false, body: Buffer.from('hi') });
    expect(queries).toEqual(['name.test']);
    expect(await received).toContain('GET /path?query HTTP/1.1\r\nhost: name.test:');
  });

  it('ends the connection although the server would keep it', async () => {
    void serve((socket) =>
      socket.write(`${OK}content-length: 0\r\nconnection: keep-alive\r\nkeep-alive: timeout=99\r\n\r\n`),
    );
    await send('http://127.0.0.1:PORT/', { allowPrivate: true });
    await closed(connections[0]);
  });

  it.each([301, 302, 303, 307, 308])('takes a %d for an answer and follows it nowhere', async (status) => {
    void serve((socket) => socket.write(`HTTP/1.1 ${status} Moved\r\nlocation: http://127.0.0.1:1/\r\n\r\n`));
    expect(await send('http://name.test:PORT/', resolvingTo(['127.0.0.1'], true))).toMatchObject({ status });
    expect([connections.length, queries.length]).toEqual([1, 1]);
  });
});

describe('an exchange makes no connection', () => {
  it.each([
    ['http://name.test:PORT/', ['127.0.0.1']],
    ['http://name.test:PORT/', ['93.184.216.34', '127.0.0.1']],
    ['http://name.test:PORT/', ['127.0.0.1', '93.184.216.34']],
    ['http://name.test:PORT/', ['2606:4700::1', '::ffff:127.0.0.1']],
    ['http://name.test:PORT/', ['fe80::1%eth0']],
    ['http://127.0.0.1:PORT/', []],
    ['http://127.1:PORT/', []],
    ['http://2130706433:PORT/', []],
    ['http://0x7f.0.0.1:PORT/', []],
    ['http://0177.0.0.1:PORT/', []],
    ['http://127.0.0.1.:PORT/', []],
    ['http://１２７.０.０.１:PORT/', []],
    ['http://127%2e0.0.1:PORT/', []],
    ['http://0:PORT/', []],
    ['http://[::1]:PORT/', []],
    ['http://[::ffff:127.0.0.1]:PORT/', []],
    ['http://[64:ff9b::7f00:1]:PORT/', []],
    ['http://[2002:7f00:1::]:PORT/', []],
    ['https://127.0.0.1:PORT/', []],
  ])('to %s that resolves to %j', async (url, addresses) => {
    await expect(send(url, resolvingTo(addresses))).rejects.toMatchObject({ name: 'BlockedAddress' });
    expect(connections).toHaveLength(0);
    expect(queries).toHaveLength(addresses.length === 0 ? 0 : 1);
  });

  it('to localhost as the system resolves it', async () => {
    const blocked = send('http://localhost:PORT/', { allowPrivate: false, resolver: new SystemHostResolver() });
    await expect(blocked).rejects.toMatchObject({ name: 'BlockedAddress' });
    expect(connections).toHaveLength(0);
  });

  it('to a metadata service even if private addresses are allowed', async () => {
    const blocked = send('http://name.test/', resolvingTo(['169.254.169.254'], true));
    await expect(blocked).rejects.toMatchObject({ name: 'BlockedAddress' });
  });

  it('after its name turned private between two attempts', async () => {
    void serve((socket) => socket.end(`${OK}content-length: 0\r\n\r\n`));
    await send('http://name.test:PORT/', resolvingTo(['127.0.0.1'], true));
    await expect(send('http://name.test:PORT/', resolvingTo(['127.0.0.1']))).rejects.toThrow();
    expect(connections).toHaveLength(1);
  });
});

describe('an exchange hangs up', () => {
  it('on a body that never ends, and keeps its beginning', async () => {
    void serve((socket) => {
      socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
      const pour = (): void => {
        while (socket.writable && socket.write(`400\r\n${'x'.repeat(1024)}\r\n`));
      };
      socket.on('drain', pour);
      pour();
    });
    const answer = await send('http://127.0.0.1:PORT/', { allowPrivate: true });
    expect(answer).toMatchObject({ truncated: true, body: Buffer.alloc(64 * 1024, 'x') });
    await closed(connections[0]);
  });

  it('on a compressed bomb, which it never unpacks', async () => {
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024));
    void serve((socket) => {
      socket.write(`${OK}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    });
    const answer = await send('http://127.0.0.1:PORT/', { allowPrivate: true });
    expect(answer).toMatchObject({ truncated: false, body: bomb });
  });

  it('on 200 headers of 8 KB', async () => {
    void serve((socket) => socket.write(OK + `x-big: ${'x'.repeat(8_000)}\r\n`.repeat(200)));
    await expect(send('http://127.0.0.1:PORT/', { allowPrivate: true })).rejects.toThrow(/headers/i);
    await closed(connections[0]);
  });

  it.each([
    ['says nothing', ''],
    ['stops within its headers', `${OK}content-le`],
    ['stops within its body', `${OK}content-length: 9\r\n\r\nx`],
    ['sends informational answers alone', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('at its deadline on a server that %s', async (_, text) => {
    void serve((socket) => socket.write(text));
    const slow = send('http://127.0.0.1:PORT/', { allowPrivate: true, limits: SHORT });
    await expect(slow).rejects.toThrow('no complete answer within 200 ms');
    await closed(connections[0]);
  });

  it('at its deadline on a server that sends a byte at a time', async () => {
    void serve((socket) => {
      socket.write(`${OK}content-length: 99999\r\n\r\n`);
      const drip = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    const slow = send('http://127.0.0.1:PORT/', { allowPrivate: true, limits: SHORT });
    await expect(slow).rejects.toThrow('no complete answer within 200 ms');
    await closed(connections[0]);
  });

  it('at its deadline on a TLS handshake that never ends', async () => {
    const slow = send('https://127.0.0.1:PORT/', { allowPrivate: true, limits: SHORT });
    await expect(slow).rejects.toThrow('no complete answer within 200 ms');
    await closed(connections[0]);
  });

  it('at its deadline on a resolver that never answers', async () => {
    const resolver = { resolve: () => new Promise<never>(() => undefined) };
    await expect(send('http://name.test/', { resolver, limits: SHORT })).rejects.toThrow('no complete answer');
  });

  it('when the job is stopped, for the reason that it is stopped', async () => {
    const [stop, reason] = [new AbortController(), new Error('cancelled')];
    void serve((socket) => {
      socket.write(`${OK}content-length: 9\r\n\r\nx`);
      setImmediate(() => stop.abort(reason));
    });
    await expect(send('http://127.0.0.1:PORT/', { allowPrivate: true, signal: stop.signal })).rejects.toBe(reason);
    await closed(connections[0]);
  });

  it('before it started when the job is stopped already', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(send('http://127.0.0.1:PORT/', { allowPrivate: true, signal })).rejects.toThrow('cancelled');
    expect(connections).toHaveLength(0);
  });
});

describe('an exchange fails', () => {
  it.each([
    ['before its headers', ''],
    ['within its headers', `${OK}content-le`],
    ['within its body', `${OK}content-length: 9\r\n\r\nx`],
    ['within a chunk', `${OK}transfer-encoding: chunked\r\n\r\n9\r\nx`],
    ['after something that is not HTTP', '+PONG\r\n'],
  ])('if the server closes %s', async (_, text) => {
    void serve((socket) => socket.end(text));
    await expect(send('http://127.0.0.1:PORT/', { allowPrivate: true })).rejects.toThrow();
  });

  it('if nobody listens', async () => {
    await expect(send('http://127.0.0.1:1/', { allowPrivate: true })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('if a name has no address', async () => {
    const resolver = { resolve: () => Promise.resolve([]) };
    await expect(send('http://name.test/', { resolver })).rejects.toThrow('name.test has no address');
  });
});

function send(url: string, options: Partial<ExchangeOptions>): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  const request = {
    url: new URL(url.replace('PORT', String(port))),
    method: 'GET',
    headers: {},
    body: undefined,
  } as const;
  return exchange(request, {
    resolver: { resolve: () => Promise.reject(new Error('nobody should ask')) },
    allowPrivate: false,
    limits: EXCHANGE_LIMITS,
    signal: new AbortController().signal,
    ...options,
  });
}

function resolvingTo(addresses: string[], allowPrivate = false): AddressPolicy {
  const resolve = (hostname: string): Promise<string[]> => {
    queries.push(hostname);
    return Promise.resolve(addresses);
  };
  return { resolver: { resolve }, allowPrivate };
}

/** Does it with the first connection once that sent something, which is what it resolves to. */
async function serve(answer: (socket: Socket) => void): Promise<string> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [request] = (await once(socket, 'data')) as [Buffer];
  answer(socket);
  return request.toString();
}

/** However it ends: a reset is as good as a farewell. */
async function closed(socket: Socket | undefined): Promise<void> {
  if (socket?.closed !== false) return;
  await new Promise((resolve) => socket.resume().once('close', resolve));
}
