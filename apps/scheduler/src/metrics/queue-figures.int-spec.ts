import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BookStore, DueJobStore } from '@holdfast/persistence';
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
    figures = new QueueFigures(books, new DueJobStore(system.database), system.records, system.pauses);
  });

  const find = async (queue: string) => (await figures.read()).queues.find((each) => each.queue === queue);

  it.each(['not yet added up', 'added up'])('are those of all tenants, %s', async (when) => {
    if (when === 'added up') await system.tallies.rollUp(1_000);
    const mail = await find('mail');
    expect(mail).toMatchObject({ jobs: { ready: 2, scheduled: 2, running: 0 }, isPaused: true });
    expect(mail?.events.get('submit')).toBe(4);
    expect(mail?.oldestReadyAgeMs).toBeGreaterThanOrEqual(2 * HOUR_MS);
    expect(await find('idle')).toMatchObject({ jobs: { ready: 0 }, oldestReadyAgeMs: 0, isPaused: false });
  });

  it('are kept for a while, whoever asks', async () => {
    const first = await figures.read();
    expect(await figures.read()).toBe(first);
  });

  it('are the last known ones while MySQL does not answer', async () => {
    const silent = { balanceOfEverybody: () => new Promise(() => undefined) } as unknown as BookStore;
    const waiting = new QueueFigures(silent, new DueJobStore(system.database), system.records, system.pauses);
    expect((await waiting.read()).queues).toEqual([]);
    expect(waiting.isAnswered).toBe(false);
  });
});
