import type { Instant, NewJob, ScheduleId } from '@holdfast/domain';
import type { Database, Row, Session } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { INSERT_OCCURRENCES } from '../statements/firing.ts';
import { BACKFILL_SKIPPED, SELECT_LAST_TRIGGER, SELECT_TICKS } from '../statements/occurrence.ts';
import { LOCK_SCHEDULE } from '../statements/schedule.ts';
import { LOCK_TAKEN_IDS } from '../statements/submit.ts';
import { insertJobs } from './job-submission.store.ts';
import { madeRow, type OccurrenceRow } from './occurrence-rows.ts';
import { isWatched } from './schedule-firing.store.ts';
import { toRecord, type ScheduleRecord, type ScheduleRow } from './schedule-records.ts';

/** What a backfill did with the ticks that it was given. */
export interface Backfilled {
  readonly jobs: readonly NewJob[];
  /** Ticks that had run, or wait to. */
  readonly leftAlone: number;
}

/** Runs that somebody asks for, beside those that the time brings. */
export class ScheduleRunStore {
  constructor(private readonly database: Database) {}

  /**
   * One run now.
   *
   * @param makeJob its id must always be the same
   * @returns undefined if there is no such schedule any more
   */
  async trigger(
    id: ScheduleId,
    makeJob: (schedule: ScheduleRecord, now: Instant) => NewJob,
  ): Promise<NewJob | undefined> {
    let tried: NewJob | undefined;
    return this.database.transaction(async (session, { doubtful }) => {
      const schedule = await lock(session, id);
      if (!schedule) return undefined;
      if (doubtful && tried && (await exists(session, tried))) return tried;
      const now = await freeInstant(session, id, schedule.now);
      const job = (tried = makeJob(schedule, now));
      await session.change(INSERT_OCCURRENCES, [[madeRow(id, now, 'trigger', job.id, isWatched(schedule))]]);
      await insertJobs(session, [[job]], { doubtful: false });
      return job;
    });
  }

  /**
   * Makes the jobs of past ticks that made none.
   *
   * @param jobs one for each tick, always the same
   * @returns undefined if there is no such schedule any more
   */
  async backfill(id: ScheduleId, jobs: ReadonlyMap<Instant, NewJob>): Promise<Backfilled | undefined> {
    return this.database.transaction(async (session) => {
      const schedule = await lock(session, id);
      if (!schedule) return undefined;
      const known = await findTicks(session, id, [...jobs.keys()]);
      const own = [...jobs].filter(([at, job]) => known.get(at)?.job_id?.equals(toBytes(job.id))); // of a doubtful commit
      const open = [...jobs].filter(([at]) => isOpenTo(known.get(at)) && isPast(schedule, at));
      const fresh = open.filter(([at]) => !known.has(at));
      const rows = fresh.map(([at, job]) => madeRow(id, at, 'tick', job.id, isWatched(schedule)));
      if (rows.length > 0) await session.change(INSERT_OCCURRENCES, [rows]);
      for (const [at, job] of open.filter(([each]) => known.has(each))) {
        const watched = isWatched(schedule) ? 1 : null;
        await session.change(BACKFILL_SKIPPED, [toBytes(job.id), watched, toBytes(id), new Date(at)]);
      }
      const made = open.map(([, job]) => job);
      if (made.length > 0) await insertJobs(session, [made], { doubtful: false });
      const all = [...own.map(([, job]) => job), ...made];
      return { jobs: all, leftAlone: jobs.size - all.length };
    });
  }
}

/** What has not been decided yet is the schedulers'. */
function isPast({ progress: { nextAt } }: ScheduleRecord, at: Instant): boolean {
  return nextAt === undefined || at < nextAt;
}

function isOpenTo(tick: OccurrenceRow | undefined): boolean {
  return tick === undefined || tick.outcome === 'skipped';
}

async function lock(session: Session, id: ScheduleId): Promise<(ScheduleRecord & { now: Instant }) | undefined> {
  const [row] = await session.rows<ScheduleRow & { now: Date }>(LOCK_SCHEDULE, [toBytes(id)]);
  return row && { ...toRecord(row), now: row.now.getTime() };
}

async function exists(session: Session, job: NewJob): Promise<boolean> {
  return (await session.rows(LOCK_TAKEN_IDS, [[toBytes(job.id)]])).length > 0;
}

/** Two that come in one millisecond are told apart by one more. */
async function freeInstant(session: Session, id: ScheduleId, now: Instant): Promise<Instant> {
  const [last] = await session.rows<Row & { planned_at: Date }>(SELECT_LAST_TRIGGER, [toBytes(id), new Date(now)]);
  return last ? last.planned_at.getTime() + 1 : now;
}

async function findTicks(
  session: Session,
  id: ScheduleId,
  instants: readonly Instant[],
): Promise<Map<Instant, OccurrenceRow>> {
  if (instants.length === 0) return new Map();
  const rows = await session.rows<OccurrenceRow>(SELECT_TICKS, [toBytes(id), instants.map((at) => new Date(at))]);
  return new Map(rows.map((row) => [row.planned_at.getTime(), row]));
}
