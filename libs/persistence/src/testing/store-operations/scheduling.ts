import { fire, intervalTimetable, toJob, type ScheduleProgress } from '@holdfast/domain';
import { toBytes } from '../../database/identifiers.ts';
import { INSERT_OCCURRENCES } from '../../statements/firing.ts';
import type { ScheduleRecord } from '../../stores/schedule-records.ts';
import { newJob, type ScratchStore } from '../scratch-store.ts';
import { id, type StoreOperations } from './ground.ts';

/** One tick is due, and the next is not for three hundred years. */
const RARELY_AT = Date.UTC(2020, 0, 1);
const RARELY_MS = 1e13;
const RARE = intervalTimetable(RARELY_MS, RARELY_AT);

export const SCHEDULING: StoreOperations = {
  'fire a schedule': {
    comesAgain: true,
    prepare: async (store) => {
      await addSchedule(store);
      return ({ scheduleFiring }) =>
        scheduleFiring.fireDue(10, (schedule, now) => fire(schedule, RARE, { now, limit: 10, newId: () => id(1) }));
    },
  },
  'change a schedule': {
    prepare: async (store) => {
      const schedule = await addSchedule(store);
      return ({ schedules }) => schedules.change(schedule.id, (record) => ({ ...record, pausedBy: 'somebody' }));
    },
  },
  'trigger a schedule': {
    prepare: async (store) => {
      const schedule = await addSchedule(store);
      return async ({ scheduleRuns }) =>
        (await scheduleRuns.trigger(schedule.id, (record, now) => toJob(record, now, now, id(1))))?.id;
    },
  },
  'backfill a schedule': {
    prepare: async (store) => {
      const schedule = await addSchedule(store, { lastAt: RARELY_AT, nextAt: RARELY_AT + RARELY_MS, runs: 0 });
      const skipped = [toBytes(schedule.id), new Date(RARELY_AT), 'tick', 'skipped', 'paused', null, null, null];
      await store.database.change(INSERT_OCCURRENCES, [[skipped]]);
      const ticks = [RARELY_AT - 1_000, RARELY_AT];
      const jobs = new Map(ticks.map((at, n) => [at, toJob(schedule, at, RARELY_AT, id(n))]));
      return async ({ scheduleRuns }) => {
        const made = await scheduleRuns.backfill(schedule.id, jobs);
        return [made?.jobs.map((job) => job.id).sort(), made?.leftAlone];
      };
    },
  },
};

async function addSchedule(
  store: ScratchStore,
  progress: Omit<ScheduleProgress, 'queuedAt'> = { lastAt: undefined, nextAt: RARELY_AT, runs: 0 },
): Promise<ScheduleRecord> {
  const { type, queue, payload, priority, timeoutMs, maxAttempts, backoff, tags } = newJob(store.clock);
  const record: ScheduleRecord = {
    id: id(77),
    tenant: 'default',
    name: 'rare',
    definition: {
      recurrence: { kind: 'every', everyMs: RARELY_MS },
      timezone: 'UTC',
      job: { type, queue, payload, priority, timeoutMs, maxAttempts, backoff, tags },
      misfire: 'last',
      misfireLimit: 1,
      overlap: 'skip',
      jitterMs: 0,
      startAt: RARELY_AT,
    },
    progress: { ...progress, queuedAt: undefined },
    pause: undefined,
    pausedBy: undefined,
    revision: 1,
    createdAt: RARELY_AT,
    updatedAt: RARELY_AT,
  };
  await store.schedules.insert(record);
  return record;
}
