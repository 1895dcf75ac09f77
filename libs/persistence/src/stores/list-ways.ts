import type { JobState } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import {
  LIST_CONDITIONS,
  LIST_INDEXES,
  pendingOf,
  SELECT_PENDING_HEADS,
  SELECT_PENDING_HEADS_OF_QUEUE,
  UNUSUAL_STATES,
  type ListIndex,
} from '../statements/list.ts';

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

type Part = 'queue' | 'type' | 'tag' | 'schedule' | 'state' | 'isDue';

/** An index that knows a part of a filter. */
export interface Way {
  readonly index: ListIndex;
  readonly key: readonly unknown[];
  readonly knows: readonly Part[];
}

interface HeadRow extends Row {
  queue: string;
  priority: number;
  hasDue: 0 | 1;
  hasNotDue: 0 | 1;
}

/** Queues and priorities; where more of them have pending jobs, those are looked for among all jobs. */
const MOST_HEADS = 200;

/** Every index that could be walked, those first that usually leave less; one of them at least is in the order of ids. */
export async function waysTo(database: Database, tenant: string, filter: JobFilter): Promise<Way[]> {
  const byState = await waysByState(database, tenant, filter);
  const ways = [...byState, ...waysByName(tenant, filter)];
  if (ways.some(({ index }) => !index.isWalkedWhole)) return ways;
  const { tenant: ofTenant, everything } = LIST_INDEXES;
  return [...ways, { index: ofTenant, key: [tenant], knows: [] }, { index: everything, key: [], knows: [] }];
}

async function waysByState(database: Database, tenant: string, filter: JobFilter): Promise<Way[]> {
  const { state, queue, isDue } = filter;
  if (state === undefined) return [];
  if (isDue !== undefined) return waysToPending(database, queue, isDue);
  const { unusualState, state: ofState, stateOfQueue } = LIST_INDEXES;
  const ways: Way[] =
    queue === undefined ? [] : [{ index: stateOfQueue, key: [state, queue], knows: ['state', 'queue'] }];
  if (UNUSUAL_STATES.includes(state)) ways.push({ index: unusualState, key: [tenant, state], knows: ['state'] });
  else ways.push({ index: ofState, key: [state], knows: ['state'] });
  return ways;
}

/** Where ready jobs are few it does not matter how many are scheduled, and the other way round. */
async function waysToPending(database: Database, queue: string | undefined, isDue: boolean): Promise<Way[]> {
  const rows = await (queue === undefined
    ? database.rows<HeadRow>(SELECT_PENDING_HEADS)
    : database.rows<HeadRow>(SELECT_PENDING_HEADS_OF_QUEUE, [queue]));
  const heads = rows.filter(({ hasDue, hasNotDue }) => (isDue ? hasDue : hasNotDue) === 1);
  if (heads.length > MOST_HEADS) return [];
  const key = heads.flatMap((head) => [head.queue, head.priority]);
  const knows: Part[] = queue === undefined ? ['state', 'isDue'] : ['state', 'isDue', 'queue'];
  return [{ index: pendingOf(heads.length, isDue), key, knows }];
}

function waysByName(tenant: string, { queue, type, tag, schedule }: JobFilter): Way[] {
  const { schedule: ofSchedule, tag: ofTag, type: ofType, queue: ofQueue } = LIST_INDEXES;
  const ways: Way[] = [];
  if (schedule !== undefined) ways.push({ index: ofSchedule, key: [tenant, schedule], knows: ['schedule'] });
  if (tag !== undefined) ways.push({ index: ofTag, key: [tenant, tag], knows: ['tag'] });
  if (type !== undefined) ways.push({ index: ofType, key: [tenant, type], knows: ['type'] });
  if (queue !== undefined) ways.push({ index: ofQueue, key: [tenant, queue], knows: ['queue'] });
  return ways;
}

interface Condition {
  readonly condition: string;
  readonly values: readonly unknown[];
}

/** What an index that knows these parts leaves to look up in the rows. */
export function leftOf(filter: JobFilter, knows: readonly Part[]): Condition[] {
  const columns = (['queue', 'type', 'tag', 'schedule', 'state'] as const).flatMap((column) => {
    const value = filter[column];
    return value === undefined || knows.includes(column)
      ? []
      : [{ condition: LIST_CONDITIONS[column], values: [value] }];
  });
  if (filter.isDue === undefined || knows.includes('isDue')) return columns;
  return [...columns, { condition: filter.isDue ? LIST_CONDITIONS.due : LIST_CONDITIONS.notDue, values: [] }];
}
