import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimRequest, Instant, Overlap } from '@holdfast/domain';
import { toBytes, type Row, type ScheduleRecord } from '@holdfast/persistence';
import { Signal, UNTRACED } from '@holdfast/runtime';
import { addSchedule, historyOf, HOUR, makeDue, type ScheduleFields } from '../testing/schedules.ts';
import { hintsOf, openScratchSystem, type ScratchSystem } from '../testing/scratch-system.ts';
import { fireSchedules } from './fire-schedules.pass.ts';
import { pruneKeys } from './prune-keys.pass.ts';
import { TickTraces } from './tick-traces.ts';

const NEVER = new AbortController().signal;
const SECOND = 1_000;

describe('fire-schedules', () => {
  let system: ScratchSystem;
  /** Half an hour ago, so that no tick of an hourly schedule comes while a test runs, whatever time it is. */
  let lastTick: Instant;
  const told: string[] = [];
  let news: Signal;
  let atRest: PromiseWithResolvers<undefined>;

  beforeAll(async () => {
    system = await openScratchSystem();
  });

  afterAll(() => system.close());

  beforeEach(async () => {
    for (const table of ['jobs', 'job_tags', 'schedules', 'occurrences', 'workers', 'queues']) {
      await system.database.change(`DELETE FROM ${table}`);
    }
    await system.upkeep.discard('default');
    await system.upkeep.create('default', 0);
    await system.queues.create(['default']);
    lastTick = system.clock.now() - HOUR / 2;
    told.length = 0;
    news = new Signal();
    atRest = Promise.withResolvers();
  });

  const ports = ({ scheduleFiring, operations, index } = system) => ({
    schedules: scheduleFiring,
    jobs: operations,
    index,
    news: {
      wait: (milliseconds: number) => {
        atRest.resolve(undefined);
        return news.wait(milliseconds);
      },
    },
    logger: { warn: (fields: object) => void told.push(JSON.stringify(fields)) },
    newId: randomUUID,
    traces: new TickTraces(UNTRACED),
  });
  const run = (options: { turnMs?: number; unusedTurnMs?: number; batchSize?: number; ticksPerLook?: number } = {}) =>
    fireSchedules(ports(), { batchSize: 20, ticksPerLook: 100, turnMs: 500, unusedTurnMs: 0, ...options }, NEVER);
  const progressOf = async ({ id }: ScheduleRecord) => (await system.schedules.findById('default', id))?.progress;

  /** A schedule that has not decided its last tick, and as many before it. */
  async function missed(before: number, fields: ScheduleFields = {}): Promise<ScheduleRecord> {
    const definition = { startAt: lastTick - 24 * HOUR, ...fields.definition };
    const progress = { nextAt: lastTick - before * HOUR, ...fields.progress };
    return addSchedule(system, { ...fields, definition, progress });
  }

  it('makes the job of a tick, tells the index, and plans the next from the tick before', async () => {
    const schedule = await missed(0);
    expect(await run()).toEqual({ fired: 1, queued: 0, skipped: 0 });
    const [job] = await system.database.rows<Row & { id: Buffer; planned_at: Date; tags: string }>(
      'SELECT * FROM jobs WHERE schedule_id = ?',
      [toBytes(schedule.id)],
    );
    expect(job).toMatchObject({ planned_at: new Date(lastTick), tags: '["nightly"]', state: 'pending' });
    const { items } = await system.occurrences.list(schedule.id, { from: 0, until: system.clock.now() }, 10);
    expect(items).toMatchObject([{ plannedAt: lastTick, outcome: 'fired', jobId: (await hintsOf(system))?.[0] }]);
    expect(await progressOf(schedule)).toMatchObject({ lastAt: lastTick, nextAt: lastTick + HOUR, runs: 1 });
    expect(await run()).toEqual({ fired: 0, queued: 0, skipped: 0 });
  });

  it('waits for a tick within its turn, and fires it at its time and not before', async () => {
    const at = system.clock.now() + 300;
    const schedule = await addSchedule(system, { definition: { startAt: at }, progress: { nextAt: at } });
    expect(await run({ turnMs: 5_000 })).toMatchObject({ fired: 1 });
    const { items } = await system.occurrences.list(schedule.id, { from: 0, until: at + HOUR }, 10);
    expect(items[0]?.lateMs).toBeGreaterThanOrEqual(0);
    expect(items[0]?.decidedAt).toBeGreaterThanOrEqual(at);
  }, 20_000);

  it('rests where there is no schedule, until one is made', async () => {
    const ended = run({ unusedTurnMs: HOUR });
    await atRest.promise;
    await missed(0);
    news.raise();
    await ended;
    expect(await run()).toMatchObject({ fired: 1 });
  });

  it.each([
    ['none', {}, ['misfire', 'misfire', 'misfire', 'misfire'], 0],
    ['last', {}, ['misfire', 'misfire', 'misfire', 'fired'], 1],
    ['all', { misfireLimit: 2 }, ['misfire', 'misfire', 'fired', 'fired'], 2],
    ['all', { misfireLimit: 100 }, ['fired', 'fired', 'fired', 'fired'], 4],
  ] as const)(
    'after an outage of hours makes up for ticks as misfire %s %o says',
    async (misfire, bound, ticks, jobs) => {
      const everyMs = HOUR / 4; // so that none of them was just now, whatever time it is
      const now = system.clock.now();
      const anchor = now - 3.5 * everyMs;
      const definition = { recurrence: { kind: 'every', everyMs }, startAt: anchor, misfire, ...bound } as const;
      const schedule = await addSchedule(system, { definition, progress: { nextAt: anchor } });
      await run({ ticksPerLook: 3 });
      expect(await historyOf(system, schedule)).toEqual({ ticks, jobs });
      expect(await progressOf(schedule)).toMatchObject({ nextAt: anchor + 4 * everyMs, runs: jobs });
    },
  );

  describe('while the job of an earlier tick', () => {
    const start = async (overlap: Overlap): Promise<ScheduleRecord> => {
      const schedule = await missed(0, { definition: { overlap } });
      await run();
      expect(await historyOf(system, schedule)).toEqual({ ticks: ['fired'], jobs: 1 });
      return schedule;
    };
    const tick = async (schedule: ScheduleRecord): Promise<void> => {
      await makeDue(system, schedule, lastTick);
      await system.database.change('UPDATE occurrences SET planned_at = planned_at - INTERVAL 1 DAY');
      await run();
    };
    const worker: ClaimRequest = {
      workerId: randomUUID(),
      queue: 'default',
      types: ['echo'],
      alone: { fromCrashes: 2, room: 1 },
    };
    const finish = () =>
      system.database.change(
        "UPDATE jobs SET state = 'succeeded', finished_at = UTC_TIMESTAMP(6), worker_id = NULL WHERE state IN ('running', 'pending')",
      );
    const lookAgain = async (schedule: ScheduleRecord): Promise<void> => {
      await system.database.change('UPDATE schedules SET wake_at = UTC_TIMESTAMP(6) WHERE id = ?', [
        toBytes(schedule.id),
      ]);
      await run();
    };

    it('has not finished, allow starts another', async () => {
      const schedule = await start('allow');
      await tick(schedule);
      expect(await historyOf(system, schedule)).toEqual({ ticks: ['fired', 'fired'], jobs: 2 });
    });

    it('has not finished, skip starts none, and goes on once it has', async () => {
      const schedule = await start('skip');
      await tick(schedule);
      expect(await historyOf(system, schedule)).toEqual({ ticks: ['fired', 'overlap'], jobs: 1 });
      await finish();
      await tick(schedule);
      expect(await historyOf(system, schedule)).toEqual({ ticks: ['fired', 'overlap', 'fired'], jobs: 2 });
    });

    it('has not finished, queue lets one tick wait and skips the next, and starts the one when the way is free', async () => {
      const schedule = await start('queue');
      await tick(schedule);
      await system.database.change('UPDATE schedules SET queued_at = queued_at - INTERVAL 1 DAY');
      await tick(schedule);
      expect(await historyOf(system, schedule)).toEqual({ ticks: ['fired', 'queued', 'overlap'], jobs: 1 });
      await system.database.change(
        "UPDATE schedules SET queued_at = (SELECT planned_at FROM occurrences WHERE outcome = 'queued')",
      );
      await lookAgain(schedule);
      expect((await historyOf(system, schedule)).jobs).toBe(1);
      await finish();
      await lookAgain(schedule);
      expect(await historyOf(system, schedule)).toEqual({ ticks: ['fired', 'fired', 'overlap'], jobs: 2 });
      expect(await progressOf(schedule)).toMatchObject({ queuedAt: undefined, runs: 2 });
    });

    it('waits to be started, cancel cancels it and starts the new one', async () => {
      const schedule = await start('cancel');
      await tick(schedule);
      await lookAgain(schedule);
      expect(await historyOf(system, schedule)).toEqual({ ticks: ['fired', 'fired'], jobs: 2 });
      const states = await system.database.rows<Row & { state: string }>('SELECT state FROM jobs ORDER BY created_at');
      expect(states.map(({ state }) => state)).toEqual(['cancelled', 'pending']);
    });

    it('runs, cancel asks it to stop, and starts the new one when it has', async () => {
      const schedule = await start('cancel');
      await system.workers.register({
        id: worker.workerId,
        name: 'w',
        queues: ['*'],
        types: ['echo'],
        capacity: 1,
        leaseMs: HOUR,
      });
      const [claimed] = await system.claims.claimDue(worker, 1);
      expect(claimed?.origin).toEqual({ scheduleId: schedule.id, plannedAt: lastTick });
      await tick(schedule);
      await lookAgain(schedule);
      expect(await historyOf(system, schedule)).toEqual({ ticks: ['fired', 'queued'], jobs: 1 });
      const [asked] = await system.database.rows<Row & { n: number }>('SELECT cancel_requests AS n FROM workers');
      expect(asked?.n).toBe(1); // once, however often it is looked at
      await finish();
      await lookAgain(schedule);
      expect(await historyOf(system, schedule)).toEqual({ ticks: ['fired', 'fired'], jobs: 2 });
    });
  });

  it('writes down what it skips for a pause', async () => {
    const schedule = await missed(0, { pause: { since: 0, until: undefined } });
    expect(await run()).toEqual({ fired: 0, queued: 0, skipped: 1 });
    expect(await historyOf(system, schedule)).toEqual({ ticks: ['paused'], jobs: 0 });
  });

  it('writes down what falls into a gap of the clock', async () => {
    const recurrence = { kind: 'cron', cron: '30 2 29 3 *', gap: 'skip' } as const;
    const definition = { recurrence, timezone: 'Europe/Berlin', startAt: undefined };
    const schedule = await addSchedule(system, { definition, progress: { nextAt: Date.UTC(2026, 2, 29, 1) } });
    await run();
    expect(await historyOf(system, schedule)).toEqual({ ticks: ['gap'], jobs: 0 });
  });

  it('decides no tick twice, however many schedulers run it at once', async () => {
    const schedules = await Promise.all(
      Array.from({ length: 30 }, () =>
        addSchedule(system, {
          definition: { recurrence: { kind: 'every', everyMs: SECOND }, startAt: 0, misfire: 'all' },
          progress: { nextAt: Math.floor(system.clock.now() / SECOND) * SECOND - 40 * SECOND },
        }),
      ),
    );
    const began = system.clock.now();
    const counts = await Promise.all(Array.from({ length: 4 }, () => run({ batchSize: 7, ticksPerLook: 9 })));
    for (const schedule of schedules) {
      while (((await progressOf(schedule))?.nextAt ?? Infinity) <= began) await run();
      const { items } = await system.occurrences.list(schedule.id, { from: 0, until: system.clock.now() }, 200);
      const { nextAt } = schedule.progress;
      const planned = items.map(({ plannedAt }) => plannedAt).reverse();
      expect(planned).toEqual(planned.map((_, n) => (nextAt ?? 0) + n * SECOND));
      expect(planned.length).toBeGreaterThanOrEqual(41);
      expect((await historyOf(system, schedule)).jobs).toBe(planned.length);
    }
    expect(counts.filter(({ fired = 0 }) => fired > 0).length).toBeGreaterThan(0);
  });

  it('believes the record of a tick more than the row of its schedule, which may come from a copy', async () => {
    const schedule = await missed(0);
    await run();
    await makeDue(system, schedule, lastTick);
    await run();
    expect(await historyOf(system, schedule)).toEqual({ ticks: ['fired'], jobs: 1 });
    expect(await progressOf(schedule)).toMatchObject({ nextAt: lastTick + HOUR });
  });

  it('leaves a schedule that cannot be read for later, and decides the others', async () => {
    const bad = await missed(1, {
      definition: { recurrence: { kind: 'cron', cron: '0 * * * *' }, timezone: 'Gone/Zone' },
    });
    const good = await missed(0);
    await run();
    expect(await historyOf(system, bad)).toEqual({ ticks: [], jobs: 0 });
    expect(await historyOf(system, good)).toEqual({ ticks: ['fired'], jobs: 1 });
    expect(told[0]).toContain(bad.name);
    expect(await system.scheduleFiring.nextWakeMs()).toBeGreaterThan(30_000);
  });

  it('keeps a tick whose jobs the index was not told of', async () => {
    const schedule = await missed(0);
    const deaf = {
      ...ports(),
      index: { add: () => Promise.reject(new Error('away')), requestCancel: () => Promise.resolve() },
    };
    await fireSchedules(deaf, { batchSize: 20, ticksPerLook: 100, turnMs: 500, unusedTurnMs: 0 }, NEVER);
    expect(await historyOf(system, schedule)).toEqual({ ticks: ['fired'], jobs: 1 });
  });

  it('is forgotten when its time is over, but for ticks that still wait', async () => {
    const schedule = await missed(2, { definition: { misfire: 'all', overlap: 'queue' } });
    await run();
    await system.database.change('UPDATE occurrences SET decided_at = decided_at - INTERVAL 2 DAY');
    const prune = (days: number) =>
      pruneKeys({ keys: system.occurrences }, { olderThanSeconds: days * 86_400, limit: 1 }, NEVER);
    expect(await prune(3)).toEqual({ pruned: 0 });
    expect((await historyOf(system, schedule)).ticks).toEqual(['fired', 'queued', 'overlap']);
    expect(await prune(1)).toEqual({ pruned: 2 });
    expect((await historyOf(system, schedule)).ticks).toEqual(['queued']);
  });
});
