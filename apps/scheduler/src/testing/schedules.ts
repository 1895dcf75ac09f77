import { randomUUID } from 'node:crypto';
import type { ScheduleDefinition, ScheduleProgress } from '@holdfast/domain';
import { toBytes, type Row, type ScheduleRecord } from '@holdfast/persistence';
import type { ScratchSystem } from './scratch-system.ts';

export const HOUR = 3_600_000;

export interface ScheduleFields {
  readonly definition?: Partial<ScheduleDefinition>;
  readonly progress?: Partial<ScheduleProgress>;
  readonly pause?: ScheduleRecord['pause'];
}

/** Every hour since long ago, unless told otherwise; due in an hour. */
export async function addSchedule(
  { clock, schedules }: ScratchSystem,
  { definition = {}, progress = {}, pause }: ScheduleFields = {},
): Promise<ScheduleRecord> {
  const now = clock.now();
  const record: ScheduleRecord = {
    id: randomUUID(),
    tenant: 'default',
    name: `s${randomUUID()}`,
    definition: { ...HOURLY, startAt: 0, ...definition },
    progress: { lastAt: undefined, nextAt: Math.ceil(now / HOUR) * HOUR, queuedAt: undefined, runs: 0, ...progress },
    pause,
    pausedBy: undefined,
    revision: 1,
    createdAt: now,
    updatedAt: now,
  };
  if (!(await schedules.insert(record))) throw new Error('the name is taken');
  return record;
}

/** What became of its ticks, the oldest first, and how many jobs it has. */
export async function historyOf(
  { database, occurrences, clock }: ScratchSystem,
  { id }: ScheduleRecord,
): Promise<{ readonly ticks: string[]; readonly jobs: number }> {
  const { items } = await occurrences.list(id, { from: 0, until: clock.now() + 24 * HOUR }, 1_000);
  const [row] = await database.rows<Row & { n: number }>('SELECT COUNT(*) AS n FROM jobs WHERE schedule_id = ?', [
    toBytes(id),
  ]);
  return { ticks: items.map(({ outcome, reason }) => reason ?? outcome).reverse(), jobs: row?.n ?? 0 };
}

/** Makes a schedule due, as if that much time had passed since its tick. */
export async function makeDue({ database }: ScratchSystem, { id }: ScheduleRecord, at: number): Promise<void> {
  await database.change('UPDATE schedules SET next_at = ?, wake_at = ? WHERE id = ?', [
    new Date(at),
    new Date(at),
    toBytes(id),
  ]);
}

const HOURLY: ScheduleDefinition = {
  recurrence: { kind: 'every', everyMs: HOUR },
  timezone: 'UTC',
  job: {
    type: 'echo',
    queue: 'default',
    payload: '{}',
    priority: 0,
    timeoutMs: 30_000,
    maxAttempts: 5,
    backoff: { strategy: 'fixed', delayMs: 1_000, maxDelayMs: 1_000, jitter: 0 },
    tags: ['nightly'],
  },
  misfire: 'last',
  misfireLimit: 100,
  overlap: 'allow',
  jitterMs: 0,
};
