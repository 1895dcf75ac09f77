const AGE = (runAt: string): string => `TIMESTAMPDIFF(MICROSECOND, ${runAt}, UTC_TIMESTAMP(6)) DIV 1000`;

/** Each queue and priority that has a due job, and for how long, by a loose scan: few rows, however many jobs */
export const SELECT_DUE_HEADS = `
  SELECT queue, priority, ${AGE('MIN(run_at)')} AS ageMs FROM jobs FORCE INDEX (by_state)
  WHERE state = 'pending' GROUP BY state, queue, priority HAVING MIN(run_at) <= UTC_TIMESTAMP(6)`;

/** values: queues */
export const SELECT_DUE_HEADS_OF_QUEUES = SELECT_DUE_HEADS.replace('GROUP BY', 'AND queue IN (?) GROUP BY');

const OLDEST_DUE = `
  SELECT COUNT(*) AS n, MAX(IF(job.tenant = ?, ageMs, NULL)) AS oldestMs, MIN(ageMs) AS lastMs, ? AS look FROM (
    SELECT id, ${AGE('run_at')} AS ageMs FROM jobs FORCE INDEX (by_state)
    WHERE state = 'pending' AND queue = ? AND priority = ? AND run_at <= UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND
    ORDER BY run_at, id LIMIT ?) AS head STRAIGHT_JOIN jobs AS job FORCE INDEX (PRIMARY) ON job.id = head.id`;

/**
 * How long the tenant's job that is due longest has been so, and the last of the jobs that were looked at: each look in one
 * queue and priority, whose first jobs may all be of other tenants. Rows are looked up once it is known which: MySQL reads
 * hundreds of a range ahead, whatever the limit. values of each look: tenant, number of the look, queue,
 * priority, least age in microseconds, limit
 */
export function selectOldestDue(looks: number): string {
  return Array.from({ length: looks }, () => OLDEST_DUE).join('\n  UNION ALL');
}

/** No more rows than all workers have slots. */
export const COUNT_EVERYTHING_RUNNING = `
  SELECT worker_id AS workerId, COUNT(*) AS n FROM jobs FORCE INDEX (by_state) WHERE state = 'running' GROUP BY worker_id`;

/** values: tenant */
export const COUNT_RUNNING = `
  SELECT worker_id AS workerId, COUNT(*) AS n FROM jobs FORCE INDEX (by_state)
  WHERE state = 'running' AND tenant = ? GROUP BY worker_id`;
