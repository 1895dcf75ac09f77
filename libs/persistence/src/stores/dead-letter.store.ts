import { isOwnType, type IndexEntry, type Instant, type JobId, type JobState, type KeyHolder } from '@holdfast/domain';
import type { Database, Session } from '../database/database.ts';
import { fromBytes, inIdOrder } from '../database/identifiers.ts';
import { LOCK_LETTERS } from '../statements/dead-letters.ts';
import { deleteJobs } from './finished-job.store.ts';
import { laneOf, type LaneRow } from './lane-rows.ts';
import { claimsOfRerun, RerunKeys } from './rerun-keys.ts';
import { rerun } from './reruns.ts';
import { tally } from './tallies.ts';

/** When they died: not before, and before. */
export interface LetterTimes {
  readonly from?: Instant | undefined;
  readonly before?: Instant | undefined;
}

export interface LettersDone {
  readonly done: readonly IndexEntry[];
  /** Those that are no dead letters, by what they are. What is in neither, this tenant does not have. */
  readonly others: ReadonlyMap<JobId, JobState>;
  /** Those whose unique key another job has by now. */
  readonly held: ReadonlyMap<JobId, KeyHolder>;
}

interface LetterRow extends LaneRow {
  id: Buffer;
  queue: string;
  type: string;
  state: JobState;
  priority: number;
  generation: number;
  tags: string | null;
  has_dependants: 0 | 1;
  finishedAt: Date | null;
}

/** What an operator does to many dead letters at once: in one transaction, each at most once. */
export class DeadLetterStore {
  constructor(private readonly database: Database) {}

  /** Starts a new generation of each, due at `now`; but none of our own, which are ordered anew by whoever may. */
  async retry(tenant: string, ids: readonly JobId[], now: Instant, times: LetterTimes = {}): Promise<LettersDone> {
    let tried: readonly LetterRow[] = [];
    const claims = await claimsOfRerun(this.database, tenant, ids, now);
    return this.database.transaction(async (session, attempt) => {
      const keys = await RerunKeys.lock(session, claims);
      const rows = await lock(session, tenant, ids);
      const before = attempt.doubtful ? tried.filter((row) => bearsMark(row, rows)) : [];
      const letters = rows.filter((row) => isLetter(row, times) && !isOwnType(row.type));
      const held = takeKeys(keys, letters);
      tried = letters.filter(({ id }) => !held.has(fromBytes(id)));
      await rerun(session, tried, now, keys);
      await keys.write(session, attempt);
      return answer([...before, ...tried], rows, now, held);
    });
  }

  /** Deletes each, with everything that belongs to it. */
  async discard(tenant: string, ids: readonly JobId[], now: Instant, times: LetterTimes = {}): Promise<LettersDone> {
    let tried: readonly LetterRow[] = [];
    return this.database.transaction(async (session, { doubtful }) => {
      const rows = await lock(session, tenant, ids);
      const before = doubtful ? tried.filter(({ id }) => !rows.some((row) => row.id.equals(id))) : [];
      tried = rows.filter((row) => isLetter(row, times));
      if (tried.length > 0) await deleteJobs(session, tried);
      await tally(session, 'discard', 'dead', undefined, tried);
      return answer([...before, ...tried], rows, now);
    });
  }
}

async function lock(session: Session, tenant: string, ids: readonly JobId[]): Promise<LetterRow[]> {
  return session.rows<LetterRow>(LOCK_LETTERS, [inIdOrder(ids), tenant]);
}

/** @returns those whose keys are held by others, or by an earlier one of these letters */
function takeKeys(keys: RerunKeys, letters: readonly LetterRow[]): Map<JobId, KeyHolder> {
  return new Map(
    letters.flatMap(({ id }) => {
      const holder = keys.take(fromBytes(id));
      return holder ? [[fromBytes(id), holder] as const] : [];
    }),
  );
}

function isLetter({ state, finishedAt }: LetterRow, { from, before }: LetterTimes): boolean {
  const died = finishedAt?.getTime() ?? 0;
  return state === 'dead' && died >= (from ?? -Infinity) && died < (before ?? Infinity);
}

/** After an unknown commit: whether the job looks as if it took effect. */
function bearsMark(tried: LetterRow, rows: readonly LetterRow[]): boolean {
  return rows.some(({ id, generation }) => id.equals(tried.id) && generation === tried.generation + 1);
}

function answer(
  done: readonly LetterRow[],
  rows: readonly LetterRow[],
  runAt: Instant,
  held: LettersDone['held'] = new Map(),
): LettersDone {
  const entries = done.map((row) => ({
    ...laneOf(row),
    id: fromBytes(row.id),
    queue: row.queue,
    priority: row.priority,
    runAt,
  }));
  const ids = new Set(entries.map(({ id }) => id));
  const others = rows.map(({ id, state }) => [fromBytes(id), state] as const).filter(([id]) => !ids.has(id));
  return { done: entries, others: new Map(others), held };
}
