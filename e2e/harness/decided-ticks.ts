import type { Database, Row } from '@holdfast/persistence';
import type { ExpectedTick } from './expected-ticks.ts';

/** A job that says which tick made it. */
interface MadeJob extends Row {
  readonly id: string;
  readonly schedule: string;
  readonly at: Date;
  readonly state: string;
}

interface DecidedTick extends Row {
  readonly at: Date;
  readonly outcome: string;
  readonly reason: string | null;
  readonly job: string | null;
}

/** What the tables say of schedules that have come to their end. */
export class DecidedTicks {
  private readonly database: Database;
  /** How many jobs schedules made. */
  readonly jobs: number;
  private readonly jobsOf: ReadonlyMap<string, readonly MadeJob[]>;

  private constructor(database: Database, jobs: readonly MadeJob[]) {
    this.database = database;
    this.jobs = jobs.length;
    this.jobsOf = Map.groupBy(jobs, ({ schedule }) => schedule);
  }

  static async read(database: Database): Promise<DecidedTicks> {
    const jobs = await database.rows<MadeJob>(
      'SELECT HEX(id) AS id, HEX(schedule_id) AS schedule, planned_at AS at, state FROM jobs WHERE schedule_id IS NOT NULL',
    );
    return new DecidedTicks(database, jobs);
  }

  /** @returns in words: what is not as expected of a schedule, the oldest tick first */
  async faults(id: string, expected: readonly ExpectedTick[]): Promise<string[]> {
    const schedule = id.replaceAll('-', '').toUpperCase();
    const ticks = await this.database.rows<DecidedTick>(
      'SELECT planned_at AS at, outcome, reason, HEX(job_id) AS job FROM occurrences WHERE schedule_id = UNHEX(?) ORDER BY planned_at',
      [schedule],
    );
    return [...faultsOfTicks(ticks, expected), ...faultsOfJobs(ticks, this.jobsOf.get(schedule) ?? [])];
  }
}

function* faultsOfTicks(found: readonly DecidedTick[], expected: readonly ExpectedTick[]): Iterable<string> {
  let next = 0;
  for (const { at, outcomes } of expected) {
    for (let tick = found[next]; tick && tick.at.getTime() < at; tick = found[++next])
      yield `${timeOf(tick.at)} was decided, and is no tick or was decided before`;
    const tick = found[next];
    if (tick?.at.getTime() !== at) {
      yield `${timeOf(new Date(at))} was not decided`;
      continue;
    }
    const outcome = tick.outcome === 'skipped' ? `skipped: ${tick.reason}` : tick.outcome;
    if (!outcomes.includes(outcome)) yield `${timeOf(tick.at)} is ${outcome}, not ${outcomes.join(' or ')}`;
    next += 1;
  }
  for (const { at } of found.slice(next)) yield `${timeOf(at)} was decided, and is no tick or was decided before`;
}

/** A job for each tick that ran, the one that it names, and no other. */
function* faultsOfJobs(ticks: readonly DecidedTick[], jobs: readonly MadeJob[]): Iterable<string> {
  const named = new Map(ticks.flatMap(({ at, job }) => (job === null ? [] : [[job, at.getTime()] as const])));
  for (const { id, at } of jobs) {
    if (named.get(id) !== at.getTime()) yield `${timeOf(at)} made ${id}, says the job, and does not know of it`;
    named.delete(id);
  }
  for (const [id, at] of named) yield `${timeOf(new Date(at))} made ${id}, which is not there`;
}

function timeOf(at: Date): string {
  return at.toISOString();
}
