import type { JobId } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';
import { JOB_SUMMARY } from '../statements/list.ts';
import { toSummary, type JobSummaryRecord, type JobSummaryRow } from './job-summary-rows.ts';
import { leftOf, waysTo, type JobFilter, type Way } from './list-ways.ts';

export interface JobList {
  /** The newest first. */
  readonly ids: readonly JobId[];
  /** Where to go on: the list continues with older ids than this one; undefined: that was all. */
  readonly next: JobId | undefined;
}

/** The same, with what lists show of each. */
export interface JobSummaryList {
  readonly jobs: readonly JobSummaryRecord[];
  readonly next: JobId | undefined;
}

/** Entries of an index that are looked at in one go: some three milliseconds, whatever is asked for. */
const WINDOW = 1_000;
/** How long a call goes on from window to window while its page is not full. */
const PATIENCE_MS = 6;

const NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const OLDEST = Buffer.alloc(16);

/** What a walk looks for. */
interface Search {
  readonly tenant: string;
  readonly filter: JobFilter;
  /** What is wanted of each job. */
  readonly columns: string;
}

interface IdRow extends Row {
  id: Buffer;
}

interface Found<T extends IdRow> {
  readonly rows: readonly T[];
  readonly next: JobId | undefined;
}

interface MeasuredWay extends Way {
  /** The entry that the window ends with; undefined: the window holds all there are. */
  readonly floor: Buffer | undefined;
}

/** Finds the jobs of a tenant by any filter in bounded time: a call that has looked for long enough ends, and says where to go on. */
export class JobListStore {
  constructor(
    private readonly database: Database,
    private readonly window = WINDOW,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  async find(tenant: string, filter: JobFilter, limit: number, before: JobId = NEWEST): Promise<JobList> {
    const { rows, next } = await this.search({ tenant, filter, columns: 'job.id' }, limit, before);
    return { ids: rows.map(({ id }) => fromBytes(id)), next };
  }

  async summarize(tenant: string, filter: JobFilter, limit: number, before: JobId = NEWEST): Promise<JobSummaryList> {
    const search = { tenant, filter, columns: JOB_SUMMARY };
    const { rows, next } = await this.search<JobSummaryRow>(search, limit, before);
    return { jobs: rows.map(toSummary), next };
  }

  private async search<T extends IdRow>(search: Search, limit: number, before: JobId): Promise<Found<T>> {
    const giveUpAt = performance.now() + this.patienceMs;
    let ways = await waysTo(this.database, search.tenant, search.filter);
    const rows: T[] = [];
    let next: JobId | undefined = before;
    do {
      const way = await this.choose(ways, search, toBytes(next));
      const page: Found<T> = await this.look(search, way, limit - rows.length, next);
      rows.push(...page.rows);
      next = page.next;
      ways = [way];
    } while (next !== undefined && rows.length < limit && performance.now() < giveUpAt);
    return { rows, next };
  }

  /** Those of one window. */
  private async look<T extends IdRow>(
    search: Search,
    way: MeasuredWay,
    limit: number,
    before: JobId,
  ): Promise<Found<T>> {
    const rows = await this.walk<T>(search, way, toBytes(before), limit + 1);
    const last = rows[limit - 1];
    if (rows.length > limit && last) return { rows: rows.slice(0, limit), next: fromBytes(last.id) };
    return { rows, next: way.floor && fromBytes(way.floor) };
  }

  /** One that knows the whole filter; else the one whose window reaches back furthest, for its entries are the rarest. */
  private async choose(ways: readonly Way[], { tenant, filter }: Search, cursor: Buffer): Promise<MeasuredWay> {
    const straight = ways.find((each) => !each.index.isWalkedWhole && leftOf(filter, each.knows).length === 0);
    if (straight) return { ...straight, floor: undefined };
    const measured = await Promise.all(ways.map((way) => this.measure(way, tenant, cursor)));
    const usable = measured.filter((way) => !way.index.isWalkedWhole || way.floor === undefined);
    return usable.reduce((best, way) => (reachesFurther(way, best) ? way : best));
  }

  private async measure(way: Way, tenant: string, cursor: Buffer): Promise<MeasuredWay> {
    const { measure, measured, entriesPerLook } = way.index;
    const entries = Math.ceil(this.window * entriesPerLook);
    const values = [...measured({ tenant, key: way.key, cursor, floor: OLDEST }), entries - 1];
    const [last] = await this.database.rows<IdRow>(measure, values);
    return { ...way, floor: last?.id };
  }

  private async walk<T extends IdRow>(
    { tenant, filter, columns }: Search,
    { index, key, knows, floor = OLDEST }: MeasuredWay,
    cursor: Buffer,
    limit: number,
  ): Promise<T[]> {
    const left = leftOf(filter, knows);
    const conditions = left.map(({ condition }) => `AND ${condition}`);
    const statement = ['SELECT', columns, index.walk, ...conditions, index.order].join(' ');
    const values = [...index.walked({ tenant, key, cursor, floor }), ...left.flatMap((each) => each.values), limit];
    return this.database.rows<T>(statement, values);
  }
}

function reachesFurther({ floor }: MeasuredWay, best: MeasuredWay): boolean {
  if (best.floor === undefined) return false;
  return floor === undefined || floor.compare(best.floor) < 0;
}
