import type { JobId, JobState } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { fromBytes, toBytes } from '../database/identifiers.ts';
import { LIST_CONDITIONS, LIST_INDEXES, UNUSUAL_STATES, type ListIndex } from '../statements/list.ts';

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

/** Entries of an index that one call reads at most: some ten milliseconds, whatever is asked for. */
export const LIST_WINDOW = 2_000;

const NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const OLDEST = Buffer.alloc(16);

type Column = 'queue' | 'type' | 'tag' | 'schedule' | 'state';

/** An index that knows a part of the filter. */
interface Way {
  readonly index: ListIndex;
  readonly key: readonly unknown[];
  readonly knows: readonly Column[];
}

interface MeasuredWay extends Way {
  readonly entries: number;
  /** The entry that the window ends with; undefined: the window holds all there are. */
  readonly floor: Buffer | undefined;
}

/** Finds the jobs of a tenant by any filter in bounded time: a call that has seen its window ends, and says where to go on. */
export class JobListStore {
  constructor(
    private readonly database: Database,
    private readonly window = LIST_WINDOW,
  ) {}

  async find(tenant: string, filter: JobFilter, limit: number, before: JobId = NEWEST): Promise<JobList> {
    const ways = waysTo(tenant, filter);
    const way = ways.find((each) => !isWalkedWhole(each) && leftOf(filter, each.knows).length === 0);
    const cursor = toBytes(before);
    const chosen = way ? { ...way, entries: 0, floor: undefined } : await this.shortest(ways, cursor);
    const ids = await this.walk(tenant, filter, chosen, cursor, limit + 1);
    if (ids.length > limit) return { ids: ids.slice(0, limit), next: ids[limit - 1] };
    return { ids, next: chosen.floor && fromBytes(chosen.floor) };
  }

  /** The index in which the filter leaves fewest entries; of those that have more than a window, the first. */
  private async shortest(ways: readonly Way[], cursor: Buffer): Promise<MeasuredWay> {
    const measured = await Promise.all(ways.map((way) => this.measure(way, cursor)));
    const usable = measured.filter((way) => !isWalkedWhole(way) || way.entries < this.window);
    return usable.reduce((best, way) => (way.entries < best.entries ? way : best));
  }

  private async measure(way: Way, cursor: Buffer): Promise<MeasuredWay> {
    const values = isWalkedWhole(way) ? [...way.key, this.window] : [...way.key, cursor, this.window];
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
    const start = isWalkedWhole(way) ? [...way.key, tenant, cursor] : [...way.key, cursor, way.floor ?? OLDEST];
    const left = leftOf(filter, way.knows);
    const statement = [way.index.walk, ...left.map(({ condition }) => `AND ${condition}`), way.index.order].join(' ');
    const values = [...start, ...left.flatMap((each) => each.values), limit];
    const rows = await this.database.rows<Row & { id: Buffer }>(statement, values);
    return rows.map(({ id }) => fromBytes(id));
  }
}

/** It has another order than that of ids. */
function isWalkedWhole({ index }: Way): boolean {
  return index === LIST_INDEXES.stateOfQueue || index === LIST_INDEXES.state;
}

/** Every index that could be walked, those first that usually leave less. */
function waysTo(tenant: string, { queue, type, tag, schedule, state }: JobFilter): Way[] {
  const ways: Way[] = [];
  const { unusualState, state: ofState, stateOfQueue, tag: ofTag, type: ofType, queue: ofQueue } = LIST_INDEXES;
  const { schedule: ofSchedule } = LIST_INDEXES;
  if (state !== undefined && queue !== undefined)
    ways.push({ index: stateOfQueue, key: [state, queue], knows: ['state', 'queue'] });
  if (state !== undefined && UNUSUAL_STATES.includes(state))
    ways.push({ index: unusualState, key: [tenant, state], knows: ['state'] });
  else if (state !== undefined) ways.push({ index: ofState, key: [state], knows: ['state'] });
  if (schedule !== undefined) ways.push({ index: ofSchedule, key: [tenant, schedule], knows: ['schedule'] });
  if (tag !== undefined) ways.push({ index: ofTag, key: [tenant, tag], knows: ['tag'] });
  if (type !== undefined) ways.push({ index: ofType, key: [tenant, type], knows: ['type'] });
  if (queue !== undefined) ways.push({ index: ofQueue, key: [tenant, queue], knows: ['queue'] });
  if (ways.every(isWalkedWhole)) ways.push({ index: LIST_INDEXES.tenant, key: [tenant], knows: [] });
  return ways;
}

interface Condition {
  readonly condition: string;
  readonly values: readonly unknown[];
}

/** What an index that knows these columns leaves to look up in the rows. */
function leftOf(filter: JobFilter, knows: readonly Column[]): Condition[] {
  const columns = (['queue', 'type', 'tag', 'schedule', 'state'] as const).flatMap((column) => {
    const value = filter[column];
    return value === undefined || knows.includes(column)
      ? []
      : [{ condition: LIST_CONDITIONS[column], values: [value] }];
  });
  if (filter.isDue === undefined) return columns;
  return [...columns, { condition: filter.isDue ? LIST_CONDITIONS.due : LIST_CONDITIONS.notDue, values: [] }];
}
