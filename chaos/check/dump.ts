import { fromBytes, BookStore, type Database, type Row } from '@holdfast/persistence';
import type { JobEvent, JobState } from '@holdfast/domain';
import { TENANTS, UNHEARD_OF } from '../driver/workload.ts';
import { dumpDependencies, type FinalDependency } from './dump-dependencies.ts';
import { dumpIndex, type IndexKey } from './dump-index.ts';
import { dumpTicks, type Ticks } from './dump-ticks.ts';
import { micros } from './micros.ts';

export interface FinalJob {
  readonly id: string;
  readonly tenant: string;
  readonly queue: string;
  readonly type: string;
  readonly state: JobState;
  readonly runAt: number;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly crashes: number;
  readonly fence: number;
  readonly generation: number;
  readonly concurrencyKey: string | null;
  readonly fairnessKey: string | null;
  /** Under which it was submitted, if it was. */
  readonly key: string | undefined;
  readonly result: { fence: number; attempt: number; pid: number } | undefined;
  /** Due long after the run, or of a type that no worker knows. */
  readonly waits: boolean;
}

/** A row of the journal. */
export interface Transition {
  readonly number: number;
  /** MySQL's clock, in epoch milliseconds with their fraction. */
  readonly at: number;
  readonly job: string;
  readonly tenant: string;
  readonly queue: string;
  readonly event: JobEvent;
  readonly from: JobState | undefined;
  readonly to: JobState;
  readonly generation: number;
  readonly attempt: number;
  readonly crashes: number;
  readonly fence: number;
  readonly runAt: number;
  readonly actor: string;
}

/** How many jobs of a tenant made which transition, by the books. */
export interface BookEntry {
  readonly tenant: string;
  readonly from: string;
  readonly to: string;
  readonly n: number;
}

/** A step of a job, or an effect that jobs of a tenant share. */
export interface RecordedWork {
  readonly tenant: string;
  /** undefined: it belongs to no job. */
  readonly job: string | undefined;
  readonly name: string;
  readonly result: string;
  /** MySQL's clock, in epoch milliseconds with their fraction. */
  readonly recordedAt: number;
}

export interface Dump extends Ticks {
  readonly jobs: readonly FinalJob[];
  readonly transitions: readonly Transition[];
  readonly work: readonly RecordedWork[];
  readonly books: readonly BookEntry[];
  readonly dependencies: readonly FinalDependency[];
  readonly index: readonly IndexKey[];
}

export async function dumpAll(database: Database, redisUrls: readonly string[]): Promise<Dump> {
  return {
    jobs: await dumpJobs(database),
    transitions: await dumpTransitions(database),
    work: await dumpWork(database),
    books: await dumpBooks(database),
    ...(await dumpTicks(database)),
    dependencies: await dumpDependencies(database),
    index: await dumpIndex(redisUrls),
  };
}

/** What a run waits for when its faults are over. */
export const IS_TO_FINISH = `(run_at < UTC_TIMESTAMP(6) + INTERVAL 10 MINUTE AND type <> '${UNHEARD_OF}')`;

export async function dumpJobs(database: Database): Promise<FinalJob[]> {
  const rows = await database.rows<Row & Record<string, never>>(
    `SELECT id, tenant, queue, type, state, ${micros('run_at')} AS runAt, attempt, max_attempts AS maxAttempts, crashes, fence, generation,
       concurrency_key AS concurrencyKey, fairness_key AS fairnessKey, result, tags, NOT ${IS_TO_FINISH} AS waits FROM jobs`,
  );
  return rows.map((row) => {
    const { id, runAt, result, tags, waits } = row as unknown as Record<'id', Buffer> &
      Record<string, string | number | null>;
    const parsed = typeof result === 'string' ? (JSON.parse(result) as FinalJob['result']) : undefined;
    const key = typeof tags === 'string' ? (JSON.parse(tags) as string[])[0] : undefined;
    return { ...row, id: fromBytes(id), runAt: Number(runAt) / 1000, result: parsed, key, waits: Number(waits) === 1 };
  }) as unknown as FinalJob[];
}

export async function dumpTransitions(database: Database): Promise<Transition[]> {
  const rows = await database.rows<Row & Record<string, never>>(
    `SELECT id AS number, ${micros('at')} AS at, job_id AS job, tenant, queue, event, from_state AS \`from\`, to_state AS \`to\`, generation,
       attempt, crashes, fence, ${micros('run_at')} AS runAt, actor FROM job_transitions ORDER BY id`,
  );
  return rows.map((row) => {
    const { job, at, from, runAt } = row as unknown as { job: Buffer; at: string; from: string; runAt: string };
    return {
      ...row,
      job: fromBytes(job),
      at: Number(at) / 1000,
      runAt: Number(runAt) / 1000,
      from: from === '' ? undefined : from,
    };
  }) as unknown as Transition[];
}

async function dumpWork(database: Database): Promise<RecordedWork[]> {
  const rows = await database.rows<
    Row & { tenant: string; job: Buffer | null; name: string; result: string; at: string }
  >(
    `SELECT jobs.tenant, job_id AS job, name, steps.result, ${micros('recorded_at')} AS at FROM steps JOIN jobs ON jobs.id = job_id
     UNION ALL SELECT tenant, NULL, name, result, ${micros('changed_at')} FROM effects WHERE is_recorded`,
  );
  return rows.map(({ job, at, ...row }) => ({
    ...row,
    job: job === null ? undefined : fromBytes(job),
    recordedAt: Number(at) / 1000,
  }));
}

/** As the product reads them: where they are kept is its own affair. */
async function dumpBooks(database: Database): Promise<BookEntry[]> {
  const books = new BookStore(database);
  const sums = TENANTS.map(async (tenant) =>
    (await books.balance(tenant)).sums.map(({ from = '', to = '', n }) => ({ tenant, from, to, n })),
  );
  return (await Promise.all(sums)).flat();
}
