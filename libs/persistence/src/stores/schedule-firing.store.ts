import {
  isFinished,
  type DueSchedule,
  type Firing,
  type Instant,
  type JobId,
  type JobState,
  type NewJob,
  type Occurrence,
} from '@holdfast/domain';
import type { Database, Row, Transaction } from '../database/database.ts';
import { fromBytes, inIdOrder, toBytes } from '../database/identifiers.ts';
import {
  ADVANCE_SCHEDULE,
  CLOSE_OCCURRENCE,
  INSERT_OCCURRENCES,
  LOCK_DUE_SCHEDULES,
  POSTPONE_SCHEDULE,
  SELECT_DUE_SCHEDULES,
  SELECT_NEXT_WAKE,
  SELECT_OPEN_JOBS,
  SETTLE_QUEUED,
} from '../statements/firing.ts';
import { insertJobs } from './job-submission.store.ts';
import { verdictValues, type OccurrenceOrigin } from './occurrence-rows.ts';
import { toDate, toRecord, wakeAt, type ScheduleRecord, type ScheduleRow } from './schedule-records.ts';

interface DueRow extends ScheduleRow {
  now: Date;
  recorded_at: Date | null;
}

interface OpenRow extends Row {
  schedule_id: Buffer;
  planned_at: Date;
  origin: OccurrenceOrigin;
  job_id: Buffer;
  state: JobState | null;
  cancel_requested_at: Date | null;
}

/** A decision, and what it was taken about. */
interface Decided {
  readonly row: DueRow;
  readonly schedule: ScheduleRecord;
  readonly firing: Firing;
}

export interface FiredBatch {
  /** How many schedules were looked at. */
  readonly schedules: number;
  readonly occurrences: readonly Occurrence[];
  /** Durable. */
  readonly jobs: readonly NewJob[];
  /** Jobs that newer ticks want out of the way. */
  readonly unwanted: readonly { readonly tenant: string; readonly id: JobId }[];
}

/** @param now by MySQL's clock. @returns undefined if it cannot be decided now: it is asked for again after a minute */
export type Decide = (schedule: DueSchedule & ScheduleRecord, now: Instant) => Firing | undefined;

/** Lets schedules whose time has come be decided, and writes what was decided together with the jobs. */
export class ScheduleFiringStore {
  constructor(private readonly database: Database) {}

  /** @returns milliseconds until a schedule wants a look, 0 or less if one does; Infinity: none ever will */
  async nextWakeMs(): Promise<number> {
    const [row] = await this.database.rows<Row & { waitMicroseconds: number | null }>(SELECT_NEXT_WAKE);
    return row?.waitMicroseconds == null ? Infinity : Math.ceil(row.waitMicroseconds / 1000);
  }

  /** Those that have waited longest, at most `limit`. */
  async fireDue(limit: number, decide: Decide): Promise<FiredBatch> {
    const due = await this.database.rows<Row & { id: Buffer }>(SELECT_DUE_SCHEDULES, [limit]);
    if (due.length === 0) return { schedules: 0, occurrences: [], jobs: [], unwanted: [] };
    const ids = inIdOrder(due.map(({ id }) => fromBytes(id)));
    return this.database.transaction(async (session) => {
      const rows = await session.rows<DueRow>(LOCK_DUE_SCHEDULES, [ids]);
      const open = await findOpen(session, rows);
      const decided = rows.flatMap((row) => decideRow(row, open, decide));
      const puzzling = rows.filter((row) => decided.every((each) => each.row !== row));
      for (const { id } of puzzling) await session.change(POSTPONE_SCHEDULE, [id]);
      await write(session, decided);
      return { ...summarize(decided, open), schedules: rows.length };
    });
  }
}

function decideRow(row: DueRow, open: readonly OpenRow[], decide: Decide): Decided[] {
  const schedule = afterRecorded(row);
  const isBusy = open.some(({ schedule_id }) => schedule_id.equals(row.id));
  const firing = decide({ ...schedule, isBusy }, row.now.getTime());
  return firing ? [{ row, schedule, firing }] : [];
}

/** A tick that was recorded was decided, whatever else the row says. */
function afterRecorded(row: DueRow): ScheduleRecord {
  const record = toRecord(row);
  if (!row.recorded_at) return record;
  const recordedAt = row.recorded_at.getTime();
  return { ...record, progress: { ...record.progress, lastAt: recordedAt, nextAt: recordedAt + 1 } };
}

/** Jobs of these schedules that have not finished; those that have are not asked for again. */
async function findOpen(session: Transaction, rows: readonly DueRow[]): Promise<OpenRow[]> {
  const watched = rows.filter((row) => isWatched(toRecord(row))).map(({ id }) => id);
  if (watched.length === 0) return [];
  const made = await session.rows<OpenRow>(SELECT_OPEN_JOBS, [watched]);
  const isOpen = ({ state }: OpenRow): boolean => state !== null && !isFinished(state);
  for (const { schedule_id, planned_at, origin } of made.filter((each) => !isOpen(each))) {
    await session.change(CLOSE_OCCURRENCE, [schedule_id, planned_at, origin]);
  }
  return made.filter(isOpen);
}

/** Whether a later tick asks if this one's job has finished. */
export function isWatched({ definition }: Pick<ScheduleRecord, 'definition'>): boolean {
  return definition.overlap !== 'allow';
}

async function write(session: Transaction, decided: readonly Decided[]): Promise<void> {
  const occurrences = decided.flatMap(({ schedule, firing }) =>
    firing.occurrences.map(({ plannedAt, verdict }) => [
      toBytes(schedule.id),
      new Date(plannedAt),
      'tick',
      ...verdictValues(verdict, isWatched(schedule)),
    ]),
  );
  if (occurrences.length > 0) await session.change(INSERT_OCCURRENCES, [occurrences]);
  for (const { schedule, firing } of decided) {
    if (!firing.released) continue;
    const { plannedAt, verdict } = firing.released;
    const key = [toBytes(schedule.id), new Date(plannedAt)];
    await session.change(SETTLE_QUEUED, [...verdictValues(verdict, isWatched(schedule)), ...key]);
  }
  const jobs = jobsOf(decided);
  if (jobs.length > 0) await insertJobs(session, [jobs], { doubtful: false });
  for (const { row, firing } of decided) await advance(session, row, firing);
}

async function advance(session: Transaction, row: DueRow, { progress, isBehind }: Firing): Promise<void> {
  const { runs, lastAt, nextAt, queuedAt } = progress;
  const wake = wakeAt(progress, row.now.getTime(), isBehind);
  const values = [runs, toDate(lastAt), toDate(nextAt), toDate(queuedAt), toDate(wake)];
  await session.change(ADVANCE_SCHEDULE, [...values, row.id, row.next_at]);
}

function occurrencesOf({ occurrences, released }: Firing): Occurrence[] {
  return released ? [released, ...occurrences] : [...occurrences];
}

function jobsOf(decided: readonly Decided[]): NewJob[] {
  return decided.flatMap(({ firing }) =>
    occurrencesOf(firing).flatMap(({ verdict }) => (verdict.outcome === 'fired' ? [verdict.job] : [])),
  );
}

function summarize(decided: readonly Decided[], open: readonly OpenRow[]): Omit<FiredBatch, 'schedules'> {
  const impatient = decided.filter(({ firing }) => firing.cancelsOthers).map(({ schedule }) => schedule);
  const unwanted = impatient.flatMap(({ id, tenant }) =>
    open
      .filter(({ schedule_id, cancel_requested_at }) => fromBytes(schedule_id) === id && cancel_requested_at === null)
      .map(({ job_id }) => ({ tenant, id: fromBytes(job_id) })),
  );
  const occurrences = decided.flatMap(({ firing }) => occurrencesOf(firing));
  return { occurrences, jobs: jobsOf(decided), unwanted };
}
