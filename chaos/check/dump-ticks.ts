import type { ScheduleDefinition } from '@holdfast/domain';
import { fromBytes, type Database, type Row } from '@holdfast/persistence';
import { micros } from './micros.ts';

/** Instants are in epoch milliseconds of MySQL's clock. */
export interface FinalSchedule {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly definition: ScheduleDefinition;
  readonly createdAt: number;
  /** The first tick that is not decided; undefined: there are no more. */
  readonly nextAt: number | undefined;
}

/** What became of a tick, or of a trigger. */
export interface FinalOccurrence {
  readonly schedule: string;
  readonly plannedAt: number;
  readonly origin: 'tick' | 'trigger';
  readonly outcome: string;
  readonly reason: string | null;
  readonly job: string | undefined;
  readonly decidedAt: number;
}

/** A job that says which tick made it. */
export interface ScheduledJob {
  readonly job: string;
  readonly tenant: string;
  readonly schedule: string;
  readonly plannedAt: number;
}

export interface Ticks {
  readonly schedules: readonly FinalSchedule[];
  readonly occurrences: readonly FinalOccurrence[];
  readonly scheduled: readonly ScheduledJob[];
}

export async function dumpTicks(database: Database): Promise<Ticks> {
  return {
    schedules: await dumpSchedules(database),
    occurrences: await dumpOccurrences(database),
    scheduled: await dumpScheduled(database),
  };
}

async function dumpSchedules(database: Database): Promise<FinalSchedule[]> {
  const rows = await database.rows<
    Row & { id: Buffer; tenant: string; name: string; definition: string; createdAt: string; nextAt: string | null }
  >(
    `SELECT id, tenant, name, definition, ${micros('created_at')} AS createdAt, ${micros('next_at')} AS nextAt FROM schedules`,
  );
  return rows.map(({ id, tenant, name, definition, createdAt, nextAt }) => ({
    id: fromBytes(id),
    tenant,
    name,
    definition: JSON.parse(definition) as ScheduleDefinition,
    createdAt: Number(createdAt) / 1000,
    nextAt: nextAt === null ? undefined : Number(nextAt) / 1000,
  }));
}

async function dumpOccurrences(database: Database): Promise<FinalOccurrence[]> {
  const rows = await database.rows<
    Row &
      Pick<FinalOccurrence, 'origin' | 'outcome' | 'reason'> & { schedule: Buffer; job: Buffer | null } & Record<
        'plannedAt' | 'decidedAt',
        string
      >
  >(
    `SELECT schedule_id AS schedule, ${micros('planned_at')} AS plannedAt, origin, outcome, reason, job_id AS job,
       ${micros('decided_at')} AS decidedAt FROM occurrences ORDER BY schedule_id, planned_at`,
  );
  return rows.map(({ schedule, plannedAt, origin, outcome, reason, job, decidedAt }) => ({
    schedule: fromBytes(schedule),
    plannedAt: Number(plannedAt) / 1000,
    origin,
    outcome,
    reason,
    job: job === null ? undefined : fromBytes(job),
    decidedAt: Number(decidedAt) / 1000,
  }));
}

async function dumpScheduled(database: Database): Promise<ScheduledJob[]> {
  const rows = await database.rows<Row & { id: Buffer; tenant: string; schedule: Buffer; plannedAt: string }>(
    `SELECT id, tenant, schedule_id AS schedule, ${micros('planned_at')} AS plannedAt FROM jobs WHERE schedule_id IS NOT NULL`,
  );
  return rows.map(({ id, tenant, schedule, plannedAt }) => ({
    job: fromBytes(id),
    tenant,
    schedule: fromBytes(schedule),
    plannedAt: Number(plannedAt) / 1000,
  }));
}
