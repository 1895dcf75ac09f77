import type { Instant, ScheduleDefinition, ScheduleId, SchedulePause, ScheduleProgress } from '@holdfast/domain';
import { isDuplicateKey } from '../database/database-errors.ts';
import type { Database, Row } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import {
  CHANGE_SCHEDULE,
  COUNT_SCHEDULES,
  DELETE_SCHEDULE,
  INSERT_SCHEDULES,
  LOCK_SCHEDULE,
  SELECT_BY_ID,
  SELECT_BY_NAME,
  SELECT_PAGE,
} from '../statements/schedule.ts';
import { toDate, toRecord, toScheduleRow, wakeAt, type ScheduleRecord, type ScheduleRow } from './schedule-records.ts';

/** What a change leaves of a schedule. */
export interface ScheduleChange {
  readonly definition: ScheduleDefinition;
  readonly progress: Pick<ScheduleProgress, 'nextAt' | 'queuedAt'>;
  readonly pause: SchedulePause | undefined;
  readonly pausedBy: string | undefined;
}

/** Schedules as callers define them. */
export class ScheduleStore {
  constructor(private readonly database: Database) {}

  /** @returns false if the tenant has one of that name */
  async insert(record: ScheduleRecord): Promise<boolean> {
    try {
      await this.database.change(INSERT_SCHEDULES, [[toScheduleRow(record)]]);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async count(tenant: string): Promise<number> {
    const [row] = await this.database.rows<Row & { n: number }>(COUNT_SCHEDULES, [tenant]);
    return row?.n ?? 0;
  }

  async findByName(tenant: string, name: string): Promise<ScheduleRecord | undefined> {
    const [row] = await this.database.rows<ScheduleRow>(SELECT_BY_NAME, [tenant, name]);
    return row && toRecord(row);
  }

  async findById(tenant: string, id: ScheduleId): Promise<ScheduleRecord | undefined> {
    const [row] = await this.database.rows<ScheduleRow>(SELECT_BY_ID, [tenant, toBytes(id)]);
    return row && toRecord(row);
  }

  /** By name. */
  async list(tenant: string, after: string, limit: number): Promise<ScheduleRecord[]> {
    return (await this.database.rows<ScheduleRow>(SELECT_PAGE, [tenant, after, limit])).map(toRecord);
  }

  /**
   * @param edit sees the schedule as it is, held, and the time; undefined or an exception: nothing is changed
   * @returns false if there is no such schedule any more
   */
  async change(
    id: ScheduleId,
    edit: (record: ScheduleRecord, now: Instant) => ScheduleChange | undefined,
  ): Promise<boolean> {
    let tried: number | undefined;
    return this.database.transaction(async (session, { doubtful }) => {
      const [row] = await session.rows<ScheduleRow & { now: Date }>(LOCK_SCHEDULE, [toBytes(id)]);
      if (!row) return false;
      if (doubtful && row.revision === tried) return true;
      const now = row.now.getTime();
      const change = edit(toRecord(row), now);
      if (!change) return true;
      tried = row.revision + 1;
      await session.change(CHANGE_SCHEDULE, [...toValues(change, row.runs, now), row.id, row.revision]);
      return true;
    });
  }

  /** Its occurrences are pruned in time. @returns whether there was one */
  /** @param revision if given, only as it was then */
  async remove(tenant: string, id: ScheduleId, revision?: number): Promise<boolean> {
    return (await this.database.change(DELETE_SCHEDULE, [tenant, toBytes(id), revision ?? null])) === 1;
  }
}

/** In the order of the statement. */
function toValues({ definition, progress, pause, pausedBy }: ScheduleChange, runs: number, now: Instant): unknown[] {
  const { nextAt, queuedAt } = progress;
  return [
    JSON.stringify(definition),
    toDate(nextAt),
    toDate(queuedAt),
    toDate(wakeAt({ nextAt, queuedAt, runs, lastAt: undefined }, now, false)),
    toDate(pause?.since),
    pausedBy ?? null,
    toDate(pause?.until),
  ];
}
