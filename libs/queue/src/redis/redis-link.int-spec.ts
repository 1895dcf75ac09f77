import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis, type Server } from '../../../../tools/servers/index.ts';
import { IndexAwayError } from '../breaker.ts';
import { IndexChannels } from '../index-channels.ts';
import { wakeChannel } from '../keys.ts';
import { RedisLink, type RedisChange } from './redis-link.ts';

jest.setTimeout(60_000);
const MEGABYTE = 1_024 * 1_024;

describe('the link to Redis', () => {
  const directory = mkdtempSync(path.join(process.env['TEST_DIRECTORY'] ?? tmpdir(), 'link-'));
  let server: Server;
  let admin: Redis;
  let link: RedisLink;
  let changes: RedisChange[];

  beforeAll(async () => {
    server = await startRedis({ directory: path.join(directory, 'redis') });
    admin = new Redis(server.url);
  });

  afterAll(async () => {
    admin.disconnect();
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  beforeEach(async () => {
    if (!server.running) await server.restart();
    link = await open(server.url);
  });

  afterEach(() => link.close());

  async function open(url: string): Promise<RedisLink> {
    const opened = new RedisLink({ url, prefix: 'test' });
    changes = [];
    opened.onChange((change) => changes.push(change));
    await opened.connected(10_000);
    return opened;
  }

  const write = (): Promise<unknown> => link.run('q', (redis) => redis.set('key', 'value'));

  /** Calls one after the other until one is not even tried. @returns how long the slowest call took */
  async function untilAway(): Promise<number> {
    let slowest = 0;
    for (;;) {
      const startedAt = performance.now();
      const error: unknown = await write().catch((reason: unknown) => reason);
      if (error instanceof IndexAwayError) return slowest;
      slowest = Math.max(slowest, performance.now() - startedAt);
    }
  }

  async function untilBack(): Promise<void> {
    while (link.isAway('q')) await new Promise<void>((resolve) => link.onChange(() => resolve()));
    await write();
  }

  /** What 10,000 calls to a Redis that is away cost, in milliseconds and in bytes that stay. */
  async function costOfRefusals(): Promise<{ milliseconds: number; bytes: number }> {
    const [before, startedAt] = [process.memoryUsage().heapUsed, performance.now()];
    for (let n = 0; n < 10_000; n++) await write().catch(() => undefined);
    return { milliseconds: performance.now() - startedAt, bytes: process.memoryUsage().heapUsed - before };
  }

  const faults: [string, () => Promise<unknown>, () => Promise<unknown>][] = [
    ['is stopped', () => server.kill('SIGSTOP'), () => server.kill('SIGCONT')],
    ['is killed', () => server.kill('SIGKILL'), () => server.restart()],
    [
      'has no memory left',
      () => admin.config('SET', 'maxmemory', '1', 'maxmemory-policy', 'noeviction'),
      () => admin.config('SET', 'maxmemory', '0'),
    ],
    ['became a replica', () => admin.replicaof('127.0.0.1', 1), () => admin.replicaof('NO', 'ONE')],
  ];

  it.each(faults)('refuses calls at once while Redis %s, says so once, and finds it back', async (_, harm, mend) => {
    await write();
    await harm();
    await untilAway();
    const { milliseconds, bytes } = await costOfRefusals();
    expect(milliseconds).toBeLessThan(5_000);
    expect(bytes).toBeLessThan(50 * MEGABYTE);
    expect(changes.map(({ away }) => away)).toEqual([true]);
    await mend();
    await untilBack();
    expect(changes.map(({ away }) => away)).toEqual([true, false]);
  });

  it('does not wait long for a Redis that is busy', async () => {
    const forSeconds = "local now = tonumber(redis.call('TIME')[1]) repeat until redis.call('TIME')[1] - now > 3";
    const away = untilAway();
    while (!link.isAway('q')) await admin.eval(forSeconds, 0);
    await away;
    await untilBack();
  });

  it('notices a connection that swallows everything, for commands and for channels', async () => {
    const proxy = await SwallowingProxy.before(server);
    link.close();
    link = await open(proxy.url);
    await write();
    let notices = Promise.withResolvers<undefined>();
    const woken = Promise.withResolvers<string>();
    const channels = new IndexChannels(proxy.url, 'test', {
      wake: (queue) => woken.resolve(queue),
      changed: () => notices.resolve(undefined),
    });
    await notices.promise;
    notices = Promise.withResolvers();
    proxy.swallowing = true;
    await Promise.all([untilAway(), notices.promise]);
    notices = Promise.withResolvers();
    proxy.swallowing = false;
    await Promise.all([untilBack(), notices.promise]);
    await admin.publish(wakeChannel('test'), 'q');
    expect(await woken.promise).toBe('q');
    channels.close();
    await proxy.close();
  });

  it('works on when the scripts were dropped', async () => {
    const take = (): Promise<unknown> =>
      link.run('q', (redis) => redis.holdfastTakeBuffer('{q}r', '{q}d', '{q}t', '{q}g', 0, 1, 0, 1, 1));
    await take();
    await admin.script('FLUSH');
    await Promise.all([take(), take()]);
    expect(changes).toEqual([]);
  });

  it('refuses everything, and is not away, where there is no Redis', async () => {
    const none = new RedisLink({ url: undefined, prefix: 'test' });
    await expect(none.run('q', (redis) => redis.ping())).rejects.toThrow(IndexAwayError);
    expect([none.isAway(), none.kind]).toEqual([false, 'none']);
    none.close();
  });
});

/** A half-open connection: it accepts everything and passes nothing on, in either direction. */
class SwallowingProxy {
  swallowing = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly listener: NetServer,
    private readonly target: Server,
  ) {
    listener.on('connection', (socket) => this.pass(socket));
  }

  static async before(target: Server): Promise<SwallowingProxy> {
    const listener = createServer();
    const proxy = new SwallowingProxy(listener, target);
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get url(): string {
    const address = this.listener.address();
    return `redis://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.listener.close();
    await once(this.listener, 'close');
  }

  private pass(socket: Socket): void {
    const upstream = connect(this.target.port, '127.0.0.1');
    const pairs = [
      [socket, upstream],
      [upstream, socket],
    ] as const;
    for (const [from, to] of pairs) {
      this.sockets.add(from);
      from.on('data', (chunk) => this.swallowing || to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
    }
  }
}
