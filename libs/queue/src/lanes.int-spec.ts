import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HELD_BY_A_TURN, type IndexEntry, type Opening, type Weights } from '@holdfast/domain';
import { Redis } from 'ioredis';
import { testServerUrl } from '../../../tools/testing/scratch-database.ts';
import { IndexUpkeep } from './index-upkeep.ts';
import { RedisReadyIndex } from './redis-ready-index.ts';
import { RedisLink } from './redis/redis-link.ts';

const START = Date.UTC(2026, 10, 21);
/** After so long a gate is looked at again. */
const LOOK_AGAIN_MS = 2_000;

describe('the lanes and gates of the index', () => {
  const url = testServerUrl('TEST_REDIS_URL');
  const options = { prefix: `test-${randomBytes(6).toString('hex')}`, horizonMs: 3_600_000, takenMs: 5_000 };
  const clock = { time: START, now: () => clock.time };
  const redis = new Redis(url);
  const link = new RedisLink({ url, prefix: options.prefix });
  const index = new RedisReadyIndex(link, options, clock);
  const upkeep = new IndexUpkeep(link, options, clock);
  let queue: string;

  beforeEach(async () => {
    await link.connected(10_000);
    clock.time = START;
    queue = `q-${randomUUID()}`;
    await upkeep.create(queue, 0);
  });

  afterAll(() => {
    link.close();
    redis.disconnect();
  });

  function jobs(n: number, fields: Partial<IndexEntry> = {}): IndexEntry[] {
    return Array.from({ length: n }, (_, k) => ({
      id: randomUUID(),
      tenant: 'default',
      queue,
      priority: 0,
      runAt: START - n + k,
      ...fields,
    }));
  }

  async function take(limit: number, weights?: Weights): Promise<readonly string[]> {
    const taken = await index.take(queue, limit, weights);
    if (taken.kind !== 'hints') throw new Error('the index is lost');
    return taken.ids;
  }

  /** How many of the ids belong to each of some groups. */
  function counted(ids: readonly string[], ...groups: readonly (readonly IndexEntry[])[]): number[] {
    return groups.map((group) => group.filter(({ id }) => ids.includes(id)).length);
  }

  const open = (opening: Omit<Opening, 'isRelative'> & { isRelative?: boolean }): Promise<void> =>
    index.open(queue, [{ isRelative: false, ...opening }]);

  async function keysLeft(): Promise<string[]> {
    return (await redis.keys(`${options.prefix}:{${queue}}:*`)).map((key) => key.slice(key.indexOf('}') + 2)).sort();
  }

  describe('of tenants', () => {
    it('take turns, however many jobs one of them has waiting', async () => {
      const [flood, few, plain] = [jobs(500, { tenant: 'a' }), jobs(20, { tenant: 'b' }), jobs(20)];
      await index.add(flood);
      await take(100);
      await index.add([...few, ...plain]);
      const ids = await take(30);
      expect(counted(ids, flood, few, plain)).toEqual([10, 10, 10]);
    });

    it('let a newcomer have the very next turn', async () => {
      await index.add(jobs(1_000, { tenant: 'a' }));
      await take(10);
      const [newcomer] = jobs(1, { tenant: 'b' });
      await index.add(newcomer ? [newcomer] : []);
      expect(await take(2)).toContain(newcomer?.id);
    });

    it('share the turns by weight, and the fairness keys of a tenant share its own', async () => {
      const groups = [
        jobs(200, { tenant: 'a', fairnessKey: 'x' }),
        jobs(200, { tenant: 'a' }),
        jobs(200, { tenant: 'b' }),
      ];
      await index.add(groups.flat());
      const weights = { tenants: { a: 3 }, keys: { a: { x: 2 } } };
      expect(counted(await take(120, weights), ...groups)).toEqual([60, 30, 30]);
    });

    it('give all of them to whoever is alone, and leave nothing behind', async () => {
      const alone = jobs(50, { tenant: 'a', fairnessKey: 'x' });
      await index.add([...alone, ...jobs(5)]);
      expect(counted(await take(100), alone)).toEqual([50]);
      expect(await take(10)).toEqual([]);
      expect(await keysLeft()).toEqual(['generation', 'taken']);
    });

    it('start the best of each first, by priority and time', async () => {
      const [low, high] = [jobs(2, { tenant: 'a' }), jobs(2, { tenant: 'a', priority: 9 })];
      await index.add([...low, ...high]);
      expect(await take(4)).toEqual([...high, ...low].map(({ id }) => id));
    });

    it('hold what comes due, too', async () => {
      const [[a], [b]] = [jobs(1, { tenant: 'a', runAt: START + 50 }), jobs(1, { tenant: 'b', runAt: START + 50 })];
      await index.add([a, b] as IndexEntry[]);
      expect(await take(9)).toEqual([]);
      clock.time += 50;
      expect([...(await take(9))].sort()).toEqual([a?.id, b?.id].sort());
    });
  });

  describe('of a concurrency key', () => {
    const keyed = { concurrencyKey: 'k' };
    const gate = { tenant: 'default', concurrencyKey: 'k' };

    it('let one job through until a claim has said how much room there is', async () => {
      const waiting = jobs(10, keyed);
      await index.add(waiting);
      expect(await take(10)).toEqual([waiting[0]?.id]);
      expect(await take(10)).toEqual([]);
      await open({ gate, room: 3 });
      expect(await take(10)).toEqual(waiting.slice(1, 4).map(({ id }) => id));
      expect(await take(10)).toEqual([]);
    });

    it('let the next through for each that ends', async () => {
      const waiting = jobs(4, keyed);
      await index.add(waiting);
      await take(9);
      await open({ gate, room: 0 });
      expect(await take(9)).toEqual([]);
      await open({ gate, room: 2, isRelative: true });
      expect(await take(9)).toEqual([waiting[1]?.id, waiting[2]?.id]);
    });

    it('keep what others have freed while a claim counted, and heed now and then that there is more room than they know', async () => {
      const waiting = jobs(20, keyed);
      await index.add(waiting);
      await take(9);
      await open({ gate, room: 2 });
      expect(await take(9)).toHaveLength(2);
      await open({ gate, room: 3, isRelative: true });
      await open({ gate, room: 0 });
      expect(await take(9)).toHaveLength(3);
      await open({ gate, room: 7 });
      expect(await take(9)).toEqual([]);
      clock.time += LOOK_AGAIN_MS - 1;
      await open({ gate, room: 7 });
      expect(await take(9)).toEqual([]);
      clock.time += 1;
      await open({ gate, room: 7 });
      expect(await take(9)).toHaveLength(7);
    });

    it('keep nobody else, whatever waits there', async () => {
      const [shut, free] = [jobs(500, keyed), jobs(3, { concurrencyKey: 'other' })];
      await index.add(shut);
      await take(9);
      await index.add([...free, ...jobs(1)]);
      expect(await take(9)).toHaveLength(2);
    });

    it('are looked at again when nobody has told them anything for long', async () => {
      const waiting = jobs(3, keyed);
      await index.add(waiting);
      await take(9);
      expect(await index.take(queue, 9)).toMatchObject({ ids: [], askAgainAt: START + LOOK_AGAIN_MS });
      clock.time += LOOK_AGAIN_MS;
      expect(await take(9)).toEqual([waiting[1]?.id]);
    });

    it('let also others than the first be tried where only those that keep an order have to wait', async () => {
      const waiting = jobs(30, keyed);
      await index.add(waiting);
      const tried = new Set(await take(9));
      for (let look = 0; look < 200 && tried.size < waiting.length; look++) {
        await open({ gate, room: HELD_BY_A_TURN, until: START + 3_600_000 });
        await index.add(waiting); // whoever was refused
        expect(await take(50)).toEqual([]);
        clock.time += LOOK_AGAIN_MS;
        const ids = await take(50);
        expect(ids.length).toBeLessThanOrEqual(11);
        for (const id of ids) tried.add(id);
      }
      expect(tried.size).toBe(waiting.length);
      await open({ gate, room: HELD_BY_A_TURN });
      await index.add(waiting);
      await open({ gate, room: 1, isRelative: true }); // what held them up has ended
      expect(await take(50)).toHaveLength(1);
    });

    it('are left alone while what they let through has not been taken yet', async () => {
      const waiting = jobs(3, keyed);
      await index.add(waiting);
      clock.time += LOOK_AGAIN_MS;
      expect(await take(9)).toEqual([waiting[0]?.id]);
      clock.time += LOOK_AGAIN_MS;
      expect(await take(9)).toEqual([waiting[1]?.id]);
    });

    it('are looked at when a rate lets the next through', async () => {
      await index.add(jobs(3, keyed));
      await take(9);
      await open({ gate, room: 0, until: START + 70 });
      expect(await index.take(queue, 9)).toMatchObject({ ids: [], askAgainAt: START + 70 });
      clock.time += 70;
      expect(await take(9)).toHaveLength(1);
    });

    it('know a job once, however often it is added, and where it is', async () => {
      const [first, second] = jobs(2, keyed);
      await index.add([first, second, first, second] as IndexEntry[]);
      await index.add([first, second] as IndexEntry[]);
      expect(await index.locate(first as IndexEntry)).toEqual({ where: 'ready', position: 1 });
      expect(await index.locate(second as IndexEntry)).toEqual({ where: 'at-gate', position: 1 });
      expect(await upkeep.findMissing(queue, [first, second] as IndexEntry[])).toEqual([]);
      expect(await take(9)).toEqual([first?.id]);
      await open({ gate, room: 5 });
      expect(await take(9)).toEqual([second?.id]);
    });

    it('let a job that is moved go where it belongs, and its room to the next', async () => {
      const [first, second] = jobs(2, keyed) as [IndexEntry, IndexEntry];
      await index.add([first, second]);
      await index.move({ ...first, runAt: START + 60_000 });
      await open({ gate, room: 0, isRelative: true });
      expect(await take(9)).toEqual([second.id]);
    });

    it('are gone when the index is built anew', async () => {
      await index.add([...jobs(5, keyed), ...jobs(5, { tenant: 'a', fairnessKey: 'x' })]);
      await upkeep.beginBuild(queue, 1);
      expect(await keysLeft()).toEqual(['generation']);
    });
  });

  describe('where priorities age', () => {
    beforeEach(async () => {
      await upkeep.beginBuild(queue, 1, { default: 1_000, a: 100 });
      await upkeep.publish(queue, 1);
    });

    it.each([
      ['the one line', {}, 1_000],
      ['a lane', { fairnessKey: 'x' }, 1_000],
      ['a lane of a tenant of its own', { tenant: 'a' }, 100],
      ['a gate', { concurrencyKey: 'k' }, 1_000],
    ])('lets a wait make up for priority in %s', async (_, fields, step) => {
      const job = (priority: number, runAt: number): IndexEntry[] => jobs(1, { ...fields, priority, runAt });
      const [later, mid, low, high] = [job(1, START + 50), job(2, START), job(0, START - 3 * step), job(4, START)];
      await index.add([...later, ...mid, ...low, ...high]);
      await open({ gate: { tenant: 'default', concurrencyKey: 'k' }, room: 9 });
      clock.time += 50;
      expect(await take(9)).toEqual([...high, ...low, ...mid, ...later].map(({ id }) => id));
    });

    it('says nothing of where a priority begins, and forgets it when it is built anew', async () => {
      await index.add(jobs(1));
      expect((await upkeep.firstReady(queue, [0])).size).toBe(0);
      await upkeep.beginBuild(queue, 2);
      expect(await keysLeft()).toEqual(['generation']);
    });
  });

  describe('of a tenant', () => {
    it.each([
      ['default', undefined],
      ['default', 'k'],
      ['a', undefined],
      ['a', 'k'],
    ])('let through as many of %s with the fairness key %s as there is room for', async (tenant, fairnessKey) => {
      const waiting = jobs(20, { tenant, fairnessKey });
      await index.add([...waiting, ...jobs(3, { tenant: 'b' })]);
      await open({ gate: { tenant }, room: 4 });
      expect(await take(50)).toHaveLength(7);
      expect(await take(50)).toEqual([]);
      await open({ gate: { tenant }, room: 2, isRelative: true });
      expect(await take(50)).toEqual(waiting.slice(4, 6).map(({ id }) => id));
      await open({ gate: { tenant }, room: Infinity });
      expect(await take(50)).toHaveLength(14);
    });
  });
});
