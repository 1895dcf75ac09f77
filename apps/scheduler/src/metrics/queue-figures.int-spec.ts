import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimRequest } from '@holdfast/domain';
import { BookStore, DueJobStore, FullLimitStore } from '@holdfast/persistence';
import { openScratchSystem, submitUntold, type ScratchSystem } from '../testing/scratch-system.ts';
import { QueueFigures } from './queue-figures.ts';

const HOUR_MS = 3_600_000;

describe('the figures of the queues', () => {
  let system: ScratchSystem;
  let books: BookStore;
  let figures: QueueFigures;

  beforeAll(async () => {
    system = await openScratchSystem();
    books = new BookStore(system.database);
    await system.queues.create(['mail', 'idle']);
    const now = system.clock.now();
    await submitUntold(system, { queue: 'mail', runAt: now - 2 * HOUR_MS });
    await submitUntold(system, { queue: 'mail', tenant: 'other', runAt: now - HOUR_MS });
    await submitUntold(system, { queue: 'mail', tenant: 'other', runAt: now + 30 * HOUR_MS });
    await submitUntold(system, { queue: 'mail', runAt: now + 40_000 });
    await system.pauses.pause('other', 'mail', 'somebody');
  });

  afterAll(() => system.close());

  beforeEach(() => {
    figures = figuresOf();
  });

  function figuresOf(from = books): QueueFigures {
    const { database, records, pauses } = system;
    return new QueueFigures(from, new DueJobStore(database), records, pauses, new FullLimitStore(database));
  }

  async function joinWorker(): Promise<ClaimRequest> {
    const id = randomUUID();
    const all = { queues: ['*'], types: ['echo'], capacity: 10, leaseMs: 600_000 };
    await system.workers.register({ id, name: 'test', ...all });
    return { workerId: id, queue: 'limited', types: ['echo'], alone: { fromCrashes: 2, room: 10 } };
  }

  const find = async (queue: string) => (await figures.read()).queues.find((each) => each.queue === queue);

  it.each(['not yet added up', 'added up'])('are those of all tenants, %s', async (when) => {
    if (when === 'added up') await system.tallies.rollUp(1_000);
    const mail = await find('mail');
    expect(mail).toMatchObject({ jobs: { ready: 2, scheduled: 2, running: 0 }, isPaused: true });
    expect(mail?.events.get('submit')).toBe(4);
    expect(mail?.oldestReadyAgeMs).toBeGreaterThanOrEqual(2 * HOUR_MS);
    expect(await find('idle')).toMatchObject({ jobs: { ready: 0 }, oldestReadyAgeMs: 0, isPaused: false });
  });

  it('say how many limits let no other job start, of each kind, of all tenants', async () => {
    const worker = await joinWorker();
    const keyed = { queue: 'limited', concurrencyKey: 'a' };
    const ids = [await submitUntold(system, keyed), await submitUntold(system, { ...keyed, concurrencyKey: 'b' })];
    ids.push(await submitUntold(system, { queue: 'limited', tenant: 'other' }));
    await system.claims.claimHinted(
      worker,
      ids.map(({ id }) => id),
    );
    expect((await find('limited'))?.fullLimits).toEqual({ queue: 0, key: 2, rate: 0 });
    expect((await find('idle'))?.fullLimits).toBeUndefined();
    const rate = { limit: 1, perMs: 3_600_000, burst: 1 };
    await system.policies.change('other', 'limited', (policy) => ({ ...policy, all: { concurrency: 1, rate } }));
    await system.policies.change('default', 'limited', (policy) => ({ ...policy, perKey: { concurrency: 2 } }));
    const [next] = [await submitUntold(system, { queue: 'limited', tenant: 'third' })];
    await system.policies.change('third', 'limited', (policy) => ({ ...policy, all: { rate } }));
    await system.claims.claimHinted(worker, [next.id]);
    const fresh = await figuresOf().read();
    expect(fresh.queues.find(({ queue }) => queue === 'limited')?.fullLimits).toEqual({ queue: 1, key: 0, rate: 1 });
  });

  it('are kept for a while, whoever asks', async () => {
    const first = await figures.read();
    expect(await figures.read()).toBe(first);
  });

  it('are the last known ones while MySQL does not answer', async () => {
    const silent = { balanceOfEverybody: () => new Promise(() => undefined) } as unknown as BookStore;
    const waiting = figuresOf(silent);
    expect((await waiting.read()).queues).toEqual([]);
    expect(waiting.isAnswered).toBe(false);
  });
});
