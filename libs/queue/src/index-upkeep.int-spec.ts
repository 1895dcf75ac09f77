import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IndexEntry } from '@holdfast/domain';
import { Redis } from 'ioredis';
import { testServerUrl } from '../../../tools/testing/scratch-database.ts';
import { IndexUpkeep } from './index-upkeep.ts';
import { queueKeys } from './keys.ts';
import { fromMember } from './members.ts';
import { RedisReadyIndex } from './redis-ready-index.ts';
import { RedisLink } from './redis/redis-link.ts';

const START = Date.UTC(2026, 10, 21);
const MEGABYTE = 1_024 * 1_024;

describe('the upkeep of the index', () => {
  const url = testServerUrl('TEST_REDIS_URL');
  const options = { prefix: `test-${randomBytes(6).toString('hex')}`, horizonMs: 3_600_000, takenMs: 5_000 };
  const clock = { time: START, now: () => clock.time };
  const redis = new Redis(url);
  const link = new RedisLink({ url, prefix: options.prefix });
  const index = new RedisReadyIndex(link, options, clock);
  const upkeep = new IndexUpkeep(link, options, clock);
  let queue: string;
  let keys: ReturnType<typeof queueKeys>;

  beforeEach(async () => {
    await link.connected(10_000);
    clock.time = START;
    queue = `q-${randomUUID()}`;
    keys = queueKeys(options.prefix, queue);
    await upkeep.create(queue, 0);
  });

  afterAll(() => {
    link.close();
    redis.disconnect();
  });

  const entry = (fields: Partial<IndexEntry> = {}): IndexEntry => ({
    id: randomUUID(),
    tenant: 'default',
    queue,
    priority: 0,
    runAt: START,
    ...fields,
  });

  async function takeIds(limit = 100): Promise<readonly string[] | 'lost'> {
    const taken = await index.take(queue, limit);
    return taken.kind === 'hints' ? taken.ids : 'lost';
  }

  async function serverId(): Promise<string> {
    return /run_id:(\w+)/.exec(await redis.info('server'))?.[1] ?? '';
  }

  describe('trusts an index', () => {
    it('that this server built as the generation which MySQL knows', async () => {
      expect(await upkeep.inspect(queue, 0)).toBe('ready');
      expect(await takeIds()).toEqual([]);
    });

    it('that is newer than what whoever asks has heard of', async () => {
      await upkeep.beginBuild(queue, 9);
      await upkeep.publish(queue, 9);
      expect(await upkeep.inspect(queue, 8)).toBe('ready');
    });

    it.each([
      ['its generation is gone', () => redis.unlink(keys.generation), 'missing'],
      ['another server built it', () => redis.set(keys.generation, 'ready 0 another'), 'other-server'],
      [
        'it is of an older generation',
        async () => redis.set(keys.generation, `ready 6 ${await serverId()}`),
        'older-generation',
      ],
      ['its generation is rubbish', () => redis.set(keys.generation, 'x'.repeat(MEGABYTE)), 'wrong-type'],
      [
        'its generation is no string',
        async () => {
          await redis.del(keys.generation);
          await redis.lpush(keys.generation, 'x');
        },
        'wrong-type',
      ],
      ['a set is of the wrong type', () => redis.set(keys.delayed, 'x'), 'wrong-type'],
    ])('not when %s, and workers are told so', async (_, spoil, fault) => {
      await spoil();
      expect(await upkeep.look(queue, 7)).toBe(fault);
      expect(await upkeep.inspect(queue, 7)).toBe(fault);
      expect(await takeIds()).toBe('lost');
      expect(await upkeep.inspect(queue, 7)).toBe(fault === 'wrong-type' ? await upkeep.inspect(queue, 7) : 'missing');
    });
  });

  it('hands out nothing that another server left behind, even before anybody inspected it', async () => {
    await index.add([entry()]);
    await redis.set(keys.generation, 'ready 0 another');
    expect(await takeIds()).toBe('lost');
  });

  it('takes a set of the wrong type for a lost index', async () => {
    await redis.set(keys.ready, 'not a set');
    expect(await takeIds()).toBe('lost');
    expect(link.isAway(queue)).toBe(false);
  });

  it('lets a lost index take nothing in, so that it does not grow while nobody builds it', async () => {
    await redis.unlink(keys.generation);
    await index.add([entry()]);
    expect(await redis.exists(keys.ready)).toBe(0);
  });

  describe('building', () => {
    it('overwrites keys of any type and counts only once it is published', async () => {
      for (const key of [keys.ready, keys.delayed, keys.taken, keys.generation]) {
        await redis.del(key);
        await redis.hset(key, 'foreign', 'x');
      }
      expect(await upkeep.beginBuild(queue, 1)).toBe(true);
      const job = entry();
      await index.add([job]);
      expect(await takeIds()).toBe('lost');
      expect(await upkeep.publish(queue, 1)).toBe(true);
      expect(await upkeep.inspect(queue, 1)).toBe('ready');
      expect(await takeIds()).toEqual([job.id]);
    });

    it('is not published when it was wiped halfway', async () => {
      await upkeep.beginBuild(queue, 1);
      await redis.unlink(keys.generation, keys.ready);
      expect(await upkeep.publish(queue, 1)).toBe(false);
      expect(await takeIds()).toBe('lost');
    });

    it('is not published, and not cleared, by whoever lost it to a later build', async () => {
      await upkeep.beginBuild(queue, 1);
      await upkeep.beginBuild(queue, 2);
      const job = entry();
      await index.add([job]);
      expect(await upkeep.publish(queue, 1)).toBe(false);
      expect(await upkeep.beginBuild(queue, 1)).toBe(false);
      expect(await upkeep.publish(queue, 2)).toBe(true);
      expect(await takeIds()).toEqual([job.id]);
    });
  });

  describe('reconciling', () => {
    it('finds and adds what is not known, and leaves alone what is ready, handed out or to come', async () => {
      const [missing, ready, handedOut] = [entry(), entry({ runAt: START - 1 }), entry({ runAt: START - 2 })];
      const [soon, missingLater] = [entry({ runAt: START + 1_000 }), entry({ runAt: START + 1_500 })];
      const all = [missing, ready, handedOut, soon, missingLater];
      await index.add([ready, handedOut, soon]);
      expect(await takeIds(1)).toEqual([handedOut.id]);
      expect(await upkeep.findMissing(queue, all)).toEqual([missing.id, missingLater.id]);
      expect(await upkeep.addMissing(queue, all)).toBe(2);
      expect(await takeIds()).toEqual([ready.id, missing.id]);
      clock.time = START + 1_500;
      expect(await takeIds()).toEqual([soon.id, missingLater.id]);
    });

    it('moves a job that waits for a time which is no longer true', async () => {
      const job = entry({ runAt: START + 60_000 });
      await index.add([job]);
      expect(await upkeep.addMissing(queue, [{ ...job, runAt: START }])).toBe(1);
      expect(await takeIds()).toEqual([job.id]);
    });

    it('gives up a handed-out id after its time, or when it is forgotten', async () => {
      const [forgotten, late] = [entry({ runAt: START - 1 }), entry()];
      await index.add([forgotten, late]);
      const taken = await index.take(queue, 1);
      await takeIds();
      await index.forget(queue, taken.kind === 'hints' ? taken.receipt : NaN);
      expect(await upkeep.addMissing(queue, [forgotten, late])).toBe(1);
      clock.time = START + 5_001;
      expect(await upkeep.addMissing(queue, [late])).toBe(1);
    });

    it('gives up what was noted as handed out by a clock that was an hour ahead', async () => {
      const job = entry();
      await index.add([job]);
      clock.time = START + 3_600_000;
      await takeIds();
      clock.time = START + 10;
      expect(await upkeep.addMissing(queue, [job])).toBe(1);
    });

    it('says when the first ready job of each priority was due, unless jobs take turns', async () => {
      await index.add([entry({ priority: 5, runAt: START - 7 }), entry({ priority: 5 }), entry({ priority: 4 })]);
      expect([...(await upkeep.firstReady(queue, [6, 5, 4]))]).toEqual([
        [5, START - 7],
        [4, START],
      ]);
      await index.add([entry({ tenant: 'acme' })]);
      expect((await upkeep.firstReady(queue, [5])).size).toBe(0);
    });
  });

  it('drops members that are no ids, however large: a call that they held up costs one look into MySQL', async () => {
    const job = entry();
    await index.add([job]);
    for (let n = 0; n < 3; n++) await redis.zadd(keys.ready, -n, Buffer.alloc(10 * MEGABYTE, n));
    const first = await takeIds(2).catch(() => 'too slow');
    expect(await redis.zcard(keys.ready)).toBe(0);
    expect(await redis.zcard(keys.taken)).toBe(1);
    clock.time = START + 5_001;
    await upkeep.addMissing(queue, [job]);
    expect([first, await takeIds()]).toContainEqual([job.id]);
  });

  it('makes an id of any member, so that rubbish is refused by the claim and not by a crash', () => {
    for (const member of [Buffer.alloc(0), Buffer.from('rubbish'), randomBytes(99)]) {
      expect(fromMember(member)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    }
  });

  it('gives one of many the turn', async () => {
    const duty = randomUUID();
    const turns = await Promise.all(Array.from({ length: 5 }, () => upkeep.takeTurn(duty, 60_000)));
    expect(turns.filter(Boolean)).toHaveLength(1);
  });
});
