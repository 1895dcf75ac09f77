import type { JobState } from '@holdfast/domain';

/**
 * Lists go from the newest job to the oldest, by id. Whatever they are filtered by, one index is walked, and never further
 * than a window of entries; what it does not know is looked up in the rows.
 */
export interface ListIndex {
  /** The entry that a window ends with, if there are so many; values: key, how many come before it */
  readonly measure: string;
  /** What is wanted of each job comes before, the rest of the filter follows, then the order */
  readonly walk: string;
  readonly order: string;
  /** How many can be looked at in the time of one row that is looked up near the one before. */
  readonly entriesPerLook: number;
  /** It has another order than that of ids, so it is of use only where few entries fit: all of them are looked at. */
  readonly isWalkedWhole: boolean;
  /** What a statement of it begins with, of all that is known. */
  readonly measured: (from: Start) => readonly unknown[];
  readonly walked: (from: Start) => readonly unknown[];
}

/** Where a walk begins and ends. */
export interface Start {
  readonly tenant: string;
  /** What the index is searched by. */
  readonly key: readonly unknown[];
  readonly cursor: Buffer;
  readonly floor: Buffer;
}

/** key: as in the condition */
function inOrder(name: string, condition: string): ListIndex {
  const entries = `FROM jobs AS job FORCE INDEX (${name}) WHERE ${condition} AND job.id < ?`;
  return {
    measure: `SELECT job.id ${entries} ORDER BY job.id DESC LIMIT 1 OFFSET ?`,
    walk: `${entries} AND job.id >= ?`,
    order: 'ORDER BY job.id DESC LIMIT ?',
    ...IN_ORDER,
  };
}

/** Rows that share few pages with each other. */
const FAR_APART = 0.5;

const IN_ORDER = {
  entriesPerLook: 1,
  isWalkedWhole: false,
  measured: ({ key, cursor }: Start) => [...key, cursor],
  walked: ({ key, cursor, floor }: Start) => [...key, cursor, floor],
} as const;

/** Few jobs of all tenants, in the order in which they start. Only ids are sorted. */
function whole(condition: string): ListIndex {
  const entries = `FROM jobs AS job FORCE INDEX (by_state) WHERE ${condition}`;
  return {
    measure: `SELECT job.id ${entries} LIMIT 1 OFFSET ?`,
    walk: `FROM (SELECT job.id ${entries} AND job.tenant = ? AND job.id < ?`,
    order: `ORDER BY job.id DESC LIMIT ?) AS found
      STRAIGHT_JOIN jobs AS job FORCE INDEX (PRIMARY) ON job.id = found.id ORDER BY job.id DESC`,
    entriesPerLook: 3,
    isWalkedWhole: true,
    measured: ({ key }) => key,
    walked: ({ key, tenant, cursor }) => [...key, tenant, cursor],
  };
}

/** Those that an index of their own knows. */
export const UNUSUAL_STATES: readonly JobState[] = ['blocked', 'dead', 'cancelled', 'expired'];

const SCHEDULE = '(SELECT id FROM schedules WHERE tenant = ? AND name = ?)';

export const LIST_INDEXES = {
  /** key: tenant */
  tenant: inOrder('by_tenant', 'job.tenant = ?'),
  /** The rows of all tenants from end to end: quicker where most are the tenant's own. */
  everything: {
    ...inOrder('PRIMARY', 'TRUE'),
    walk: 'FROM jobs AS job FORCE INDEX (PRIMARY) WHERE job.tenant = ? AND job.id < ? AND job.id >= ?',
    entriesPerLook: 3,
    walked: ({ tenant, cursor, floor }) => [tenant, cursor, floor],
  },
  /** key: tenant, queue */
  queue: inOrder('by_queue', 'job.tenant = ? AND job.queue = ?'),
  /** key: tenant, type */
  type: inOrder('by_type', 'job.tenant = ? AND job.type = ?'),
  /** key: tenant, tag */
  tag: {
    measure: `
      SELECT job_id AS id FROM job_tags WHERE tenant = ? AND tag = ? AND job_id < ? ORDER BY job_id DESC LIMIT 1 OFFSET ?`,
    walk: `
      FROM job_tags AS bearer STRAIGHT_JOIN jobs AS job FORCE INDEX (PRIMARY) ON job.id = bearer.job_id
      WHERE bearer.tenant = ? AND bearer.tag = ? AND bearer.job_id < ? AND bearer.job_id >= ?`,
    order: 'ORDER BY bearer.job_id DESC LIMIT ?',
    ...IN_ORDER,
    entriesPerLook: FAR_APART,
  },
  /** Its ticks know its jobs; key: tenant, name of the schedule */
  schedule: {
    measure: `
      SELECT job_id AS id FROM occurrences FORCE INDEX (by_job) WHERE schedule_id = ${SCHEDULE} AND job_id < ?
      ORDER BY job_id DESC LIMIT 1 OFFSET ?`,
    walk: `
      FROM occurrences AS tick FORCE INDEX (by_job)
      STRAIGHT_JOIN jobs AS job FORCE INDEX (PRIMARY) ON job.id = tick.job_id
      WHERE tick.schedule_id = ${SCHEDULE} AND tick.job_id < ? AND tick.job_id >= ?`,
    order: 'ORDER BY tick.job_id DESC LIMIT ?',
    ...IN_ORDER,
    entriesPerLook: FAR_APART,
  },
  /** key: tenant, one of UNUSUAL_STATES */
  unusualState: inOrder('by_unusual_state', 'job.tenant = ? AND job.unusual_state = ?'),
  /** key: state */
  state: whole('job.state = ?'),
  /** key: state, queue */
  stateOfQueue: whole('job.state = ? AND job.queue = ?'),
} as const satisfies Record<string, ListIndex>;

const DUE = 'job.run_at <= UTC_TIMESTAMP(6)';
const NOT_DUE = 'job.run_at > UTC_TIMESTAMP(6)';

/** Each queue and priority that has a pending job, and whether some are due and some are not, by a loose scan: few rows */
export const SELECT_PENDING_HEADS = `
  SELECT queue, priority, MIN(run_at) <= UTC_TIMESTAMP(6) AS hasDue, MAX(run_at) > UTC_TIMESTAMP(6) AS hasNotDue
  FROM jobs FORCE INDEX (by_state) WHERE state = 'pending' GROUP BY state, queue, priority`;

/** values: queue */
export const SELECT_PENDING_HEADS_OF_QUEUE = SELECT_PENDING_HEADS.replace('GROUP BY', 'AND queue = ? GROUP BY');

/** Of pending jobs those that are due, or those that are not: few, however many the others are. key: queue, priority, for each head */
export function pendingOf(heads: number, isDue: boolean): ListIndex {
  const head = `(job.queue = ? AND job.priority = ? AND ${isDue ? DUE : NOT_DUE})`;
  return whole(`job.state = 'pending' AND (${Array.from({ length: heads }, () => head).join(' OR ') || 'FALSE'})`);
}

/** What is left of a filter for the rows; each takes one value, except the times, which take none */
export const LIST_CONDITIONS = {
  queue: 'job.queue = ?',
  type: 'job.type = ?',
  state: 'job.state = ?',
  /** A subquery that gives a value is not made a join of, which might begin at the tags. */
  tag: '(SELECT 1 FROM job_tags WHERE tenant = job.tenant AND tag = ? AND job_id = job.id) = 1',
  schedule: 'job.schedule_id = (SELECT id FROM schedules WHERE tenant = job.tenant AND name = ?)',
  due: DUE,
  notDue: NOT_DUE,
} as const;

/** What lists show of a job: nothing that may be large but its error, and that is bounded */
export const JOB_SUMMARY = `
  job.id, job.type, job.queue, job.state, job.priority, job.run_at AS runAt, job.deadline, job.timeout_ms AS timeoutMs,
  job.max_attempts AS maxAttempts, job.backoff_strategy AS backoffStrategy, job.backoff_delay_ms AS backoffDelayMs,
  job.backoff_max_delay_ms AS backoffMaxDelayMs, job.backoff_jitter AS backoffJitter, job.tags, job.attempt, job.fence,
  job.worker_id AS workerId, job.created_at AS createdAt, job.started_at AS startedAt, job.finished_at AS finishedAt,
  job.cancel_requested_at AS cancelRequestedAt, job.error, job.traceparent, job.schedule_id AS scheduleId,
  job.planned_at AS plannedAt, job.concurrency_key AS concurrencyKey, job.is_ordered AS isOrdered, job.fairness_key AS fairnessKey`;
