import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Parting } from './parting.ts';

const NEVER_MS = 3_600_000;
const never = new AbortController().signal;

describe('a server that parts from its callers', () => {
  let server: Server;

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function partingOf(listener: RequestListener, quietMs?: number): Promise<Parting> {
    server = createServer(listener);
    const parting = new Parting(server, quietMs);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return parting;
  }

  const port = (): number => (server.address() as AddressInfo).port;

  /** Over a connection of its own, which it would keep. */
  async function ask(): Promise<string | undefined> {
    const headers = { connection: 'keep-alive' };
    const [answer] = (await once(get({ port: port(), agent: false, headers }), 'response')) as [IncomingMessage];
    answer.resume();
    return answer.headers.connection;
  }

  it('need not wait when nobody has come lately', async () => {
    const parting = await partingOf((_, response) => response.end(), NEVER_MS);
    await parting.serveOut(0, never);
    expect(server.listening).toBe(true);
  });

  it('waits until nobody has come for a while, and makes each answer the last of its connection', async () => {
    const parting = await partingOf((_, response) => response.end(), 1_000);
    expect(await ask()).toBe('keep-alive');
    const left = parting.serveOut(0, never);
    const cameAt = performance.now();
    expect(await ask()).toBe('close');
    await left;
    expect(performance.now() - cameAt).toBeGreaterThanOrEqual(1_000);
  });

  it('waits for whoever waits for an answer, which is the last of its connection though asked for before', async () => {
    const happened: string[] = [];
    const parting = await partingOf((_, response) => {
      setTimeout(() => response.end(() => happened.push('answered')), 300);
    }, 20);
    const asked = once(server, 'request');
    const answered = ask();
    await asked;
    await parting.serveOut(0, never).then(() => happened.push('left'));
    expect(await answered).toBe('close');
    expect(happened).toEqual(['answered', 'left']);
  });

  it('does not wait for a stream that has begun', async () => {
    const parting = await partingOf((_, response) => response.write('…'), 20);
    await ask();
    await parting.serveOut(0, never);
  });

  it('goes when it is hurried, whoever comes', async () => {
    const parting = await partingOf((_, response) => response.end(), NEVER_MS);
    await ask();
    const hurry = new AbortController();
    const left = Promise.all([parting.serveOut(NEVER_MS, hurry.signal), parting.serveOut(0, hurry.signal)]);
    hurry.abort();
    await left;
  }, 5_000);

  it('is not held up by a connection that was opened and never used', async () => {
    await partingOf((_, response) => response.end());
    const unused = connect(port(), '127.0.0.1');
    await once(unused, 'connect');
    const closed = once(server, 'close');
    server.close();
    await once(unused, 'close');
    await closed;
    expect(server.listening).toBe(false);
  });
});
