import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IndexEntry } from '@holdfast/domain';
import { testServerUrl } from '../../../tools/testing/scratch-database.ts';
import { IndexChannels } from './index-channels.ts';
import { RedisReadyIndex } from './redis-ready-index.ts';
import { RedisLink } from './redis/redis-link.ts';
import { IndexUpkeep } from './index-upkeep.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 21);

describe('the index in Redis', () => {
  const url = testServerUrl('TEST_REDIS_URL');
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const clock = { time: START, now: () => clock.time };
  const link = new RedisLink({ url, prefix });
  const index = new RedisReadyIndex(link, { prefix, horizonMs: HOUR, takenMs: 5_000 }, clock);
  const upkeep = new IndexUpkeep(link, { prefix, horizonMs: HOUR, takenMs: 5_000 }, clock);
  let queue: string;

  beforeEach(async () => {
    await link.connected(10_000);
    clock.time = START;
    queue = `q-${randomUUID()}`;
    await upkeep.create(queue, 0);
  });

  afterAll(() => link.close());

  const entry = (fields: Partial<IndexEntry> = {}): IndexEntry => ({
    id: randomUUID(),
    tenant: 'default',
    queue,
    priority: 0,
    runAt: START,
    ...fields,
  });

  async function takeIds(limit = 100): Promise<readonly string[]> {
    const taken = await index.take(queue, limit);
    if (taken.kind !== 'hints') throw new Error('the index is lost');
    return taken.ids;
  }

  it('hands out the highest priority first, then the earliest due, then the first id', async () => {
    const [a, b] = [randomUUID(), randomUUID()].sort() as [string, string];
    const early = entry({ runAt: START - 5 });
    const high = entry({ priority: 1_000, runAt: START - 1 });
    await index.add([entry({ id: b }), early, entry({ id: a }), high]);
    expect(await takeIds()).toEqual([high.id, early.id, a, b]);
  });

  it('hands out nothing long before it is due and everything then, by priority', async () => {
    const soon = entry({ runAt: START + 1_000 });
    const urgent = entry({ runAt: START + 1_000, priority: 7 });
    await index.add([soon, urgent, entry({ runAt: START + 2_000 })]);
    expect(await index.take(queue, 10)).toMatchObject({ kind: 'hints', ids: [], askAgainAt: START + 975 });
    clock.time = START + 949;
    expect(await takeIds()).toEqual([]);
    clock.time = START + 1_000;
    expect(await index.take(queue, 10)).toMatchObject({
      kind: 'hints',
      ids: [urgent.id, soon.id],
      askAgainAt: START + 1_975,
    });
  });

  it('hands out ahead what comes due in a moment, for half of the room, while nothing waits that is due', async () => {
    const [first, second, third] = [10, 20, 30].map((ms) => entry({ runAt: START + ms }));
    const [due, later] = [entry({ priority: -1 }), entry({ runAt: START + 51 })];
    await index.add([later, third, second, first, due].filter((each) => each !== undefined));
    expect(await takeIds(1)).toEqual([due.id]);
    expect(await index.take(queue, 1)).toMatchObject({ ids: [], askAgainAt: START + 10 });
    expect(await takeIds(5)).toEqual([first?.id, second?.id]);
    expect(await index.take(queue, 5)).toMatchObject({ ids: [third?.id], askAgainAt: START + 26 });
  });

  it('hands nothing out ahead that goes by a lane', async () => {
    await index.add([entry({ runAt: START + 10, concurrencyKey: 'key' })]);
    expect(await index.take(queue, 10)).toMatchObject({ ids: [], askAgainAt: START + 10 });
  });

  it('promotes many thousands that come due together', async () => {
    await index.add(Array.from({ length: 4_500 }, () => entry({ runAt: START + 10 })));
    clock.time = START + 10;
    expect(new Set(await takeIds(10_000)).size).toBe(4_500);
  });

  it('hands an id out once, however many ask', async () => {
    const entries = Array.from({ length: 300 }, () => entry());
    await index.add(entries);
    const taken = (await Promise.all(Array.from({ length: 10 }, () => takeIds(50)))).flat();
    expect([...taken].sort()).toEqual(entries.map(({ id }) => id).sort());
  });

  it('knows a job once, however often it is added', async () => {
    const job = entry();
    await Promise.all([index.add([job]), index.add([job]), index.add([job])]);
    expect(await takeIds()).toEqual([job.id]);
  });

  it('leaves out what is due beyond the horizon', async () => {
    await index.add([entry({ runAt: START + HOUR + 1 })]);
    expect(await index.take(queue, 1)).toMatchObject({ kind: 'hints', ids: [], askAgainAt: undefined });
  });

  it('wakes whoever waits when a queue gets something to take, or something sooner to wait for', async () => {
    const woken: string[] = [];
    const messages = Promise.withResolvers<undefined>();
    const connected = Promise.withResolvers<undefined>();
    const channels = new IndexChannels(url, prefix, {
      wake: (name) => {
        woken.push(name);
        if (woken.filter((each) => each === queue).length === 2) messages.resolve(undefined);
      },
      changed: () => connected.resolve(undefined),
    });
    await connected.promise;
    await index.add([entry({ runAt: START + 5_000 })]);
    await index.add([entry({ runAt: START + 9_000 })]);
    await index.add([entry()]);
    await messages.promise;
    channels.close();
  });

  it('tells schedulers of a schedule that was made', async () => {
    const told = Promise.withResolvers<undefined>();
    const connected = Promise.withResolvers<undefined>();
    const channels = new IndexChannels(url, prefix, {
      scheduled: () => told.resolve(undefined),
      changed: () => connected.resolve(undefined),
    });
    await connected.promise;
    await index.reportSchedule();
    await told.promise;
    channels.close();
  });
});
