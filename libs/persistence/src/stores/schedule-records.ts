import type {
  DueSchedule,
  Instant,
  ScheduleDefinition,
  ScheduleId,
  SchedulePause,
  ScheduleProgress,
} from '@holdfast/domain';
import type { Row } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';

/** A schedule as it is stored. */
export interface ScheduleRecord extends Omit<DueSchedule, 'isBusy'> {
  readonly id: ScheduleId;
  readonly name: string;
  readonly progress: ScheduleProgress;
  readonly pausedBy: string | undefined;
  readonly revision: number;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export interface ScheduleRow extends Row {
  id: Buffer;
  tenant: string;
  name: string;
  definition: string;
  revision: number;
  runs: number;
  last_at: Date | null;
  next_at: Date | null;
  queued_at: Date | null;
  paused_at: Date | null;
  paused_by: string | null;
  resumed_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

/** How soon a scheduler asks again whether what a tick waits for has finished. */
const QUEUE_LOOK_MS = 1_000;

export function toRecord(row: ScheduleRow): ScheduleRecord {
  return {
    id: fromBytes(row.id),
    tenant: row.tenant,
    name: row.name,
    definition: JSON.parse(row.definition) as ScheduleDefinition,
    progress: {
      runs: row.runs,
      lastAt: row.last_at?.getTime(),
      nextAt: row.next_at?.getTime(),
      queuedAt: row.queued_at?.getTime(),
    },
    pause: toPause(row),
    pausedBy: row.paused_by ?? undefined,
    revision: row.revision,
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
  };
}

/** In the order of INSERT_SCHEDULES. */
export function toScheduleRow(record: ScheduleRecord): unknown[] {
  const { progress, pause, createdAt } = record;
  return [
    toBytes(record.id),
    record.tenant,
    record.name,
    JSON.stringify(record.definition),
    record.revision,
    progress.runs,
    toDate(progress.lastAt),
    toDate(progress.nextAt),
    toDate(progress.queuedAt),
    toDate(pause?.since),
    record.pausedBy ?? null,
    toDate(pause?.until),
    new Date(createdAt),
    new Date(record.updatedAt),
    toDate(wakeAt(progress, createdAt, false)),
  ];
}

/** When a scheduler has to look at it next. One with more to do than one look decides gets back in line. */
export function wakeAt({ nextAt, queuedAt }: ScheduleProgress, now: Instant, isBehind: boolean): Instant | undefined {
  if (isBehind) return now;
  if (queuedAt === undefined) return nextAt;
  return Math.min(nextAt ?? Infinity, now + QUEUE_LOOK_MS);
}

export function toDate(instant: Instant | undefined): Date | null {
  return instant === undefined ? null : new Date(instant);
}

function toPause({ paused_at, resumed_at }: ScheduleRow): SchedulePause | undefined {
  return paused_at ? { since: paused_at.getTime(), until: resumed_at?.getTime() } : undefined;
}
