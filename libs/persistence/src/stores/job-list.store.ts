import type { JobId, JobState } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';
import { leftOf, waysTo, type Way } from './list-ways.ts';

export interface JobFilter {
  readonly queue?: string | undefined;
  readonly type?: string | undefined;
  readonly tag?: string | undefined;
  /** The name of the one that made them. */
  readonly schedule?: string | undefined;
  readonly state?: JobState | undefined;
  /** Of pending jobs: only those that are due, or only those that are not. */
  readonly isDue?: boolean | undefined;
}

export interface JobList {
  /** The newest first. */
  readonly ids: readonly JobId[];
  /** Where to go on: the list continues with older ids than this one; undefined: that was all. */
  readonly next: JobId | undefined;
}

/** Entries of an index that are looked at in one go: some five milliseconds, whatever is asked for. */
export const LIST_WINDOW = 2_000;
/** How long a call goes on from window to window while its page is not full. */
const PATIENCE_MS = 15;

const NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const OLDEST = Buffer.alloc(16);

interface MeasuredWay extends Way {
  readonly entries: number;
  /** The entry that the window ends with; undefined: the window holds all there are. */
  readonly floor: Buffer | undefined;
}

/** Finds the jobs of a tenant by any filter in bounded time: a call that has looked for long enough ends, and says where to go on. */
export class JobListStore {
  constructor(
    private readonly database: Database,
    private readonly window = LIST_WINDOW,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  async find(tenant: string, filter: JobFilter, limit: number, before: JobId = NEWEST): Promise<JobList> {
    const giveUpAt = performance.now() + this.patienceMs;
    let ways = await waysTo(this.database, tenant, filter);
    const ids: JobId[] = [];
    let next: JobId | undefined = before;
    do {
      const way = await this.choose(ways, filter, toBytes(next));
      const page = await this.look(tenant, filter, way, limit - ids.length, next);
      ids.push(...page.ids);
      next = page.next;
      ways = [way];
    } while (next !== undefined && ids.length < limit && performance.now() < giveUpAt);
    return { ids, next };
  }

  /** Those of one window. */
  private async look(
    tenant: string,
    filter: JobFilter,
    way: MeasuredWay,
    limit: number,
    before: JobId,
  ): Promise<JobList> {
    const ids = await this.walk(tenant, filter, way, toBytes(before), limit + 1);
    if (ids.length > limit) return { ids: ids.slice(0, limit), next: ids[limit - 1] };
    return { ids, next: way.floor && fromBytes(way.floor) };
  }

  /** One that knows the whole filter; else the one in which it leaves fewest entries. */
  private async choose(ways: readonly Way[], filter: JobFilter, cursor: Buffer): Promise<MeasuredWay> {
    const straight = ways.find((each) => !each.index.isWalkedWhole && leftOf(filter, each.knows).length === 0);
    if (straight) return { ...straight, entries: 0, floor: undefined };
    const measured = await Promise.all(ways.map((way) => this.measure(way, cursor)));
    const usable = measured.filter((way) => !way.index.isWalkedWhole || way.entries < this.window);
    return usable.reduce((best, way) => (way.entries < best.entries ? way : best));
  }

  private async measure(way: Way, cursor: Buffer): Promise<MeasuredWay> {
    const values = way.index.isWalkedWhole ? [...way.key, this.window] : [...way.key, cursor, this.window];
    const [row] = await this.database.rows<Row & { n: number; floor: Buffer | null }>(way.index.measure, values);
    const entries = row?.n ?? 0;
    return { ...way, entries, floor: entries < this.window ? undefined : (row?.floor ?? undefined) };
  }

  private async walk(
    tenant: string,
    filter: JobFilter,
    way: MeasuredWay,
    cursor: Buffer,
    limit: number,
  ): Promise<JobId[]> {
    const start = way.index.isWalkedWhole ? [...way.key, tenant, cursor] : [...way.key, cursor, way.floor ?? OLDEST];
    const left = leftOf(filter, way.knows);
    const statement = [way.index.walk, ...left.map(({ condition }) => `AND ${condition}`), way.index.order].join(' ');
    const values = [...start, ...left.flatMap((each) => each.values), limit];
    const rows = await this.database.rows<Row & { id: Buffer }>(statement, values);
    return rows.map(({ id }) => fromBytes(id));
  }
}
