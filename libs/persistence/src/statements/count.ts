/** values: tenant */
export const COUNT_DUE = `
  SELECT queue, COUNT(*) AS n, TIMESTAMPDIFF(MICROSECOND, MIN(run_at), UTC_TIMESTAMP(6)) AS oldestMicroseconds
  FROM jobs FORCE INDEX (by_state) WHERE state = 'pending' AND tenant = ? AND run_at <= UTC_TIMESTAMP(6)
  GROUP BY queue`;

/** values: tenant, queue */
export const COUNT_DUE_IN_QUEUE = `
  SELECT queue, COUNT(*) AS n, TIMESTAMPDIFF(MICROSECOND, MIN(run_at), UTC_TIMESTAMP(6)) AS oldestMicroseconds
  FROM jobs FORCE INDEX (by_state) WHERE state = 'pending' AND tenant = ? AND run_at <= UTC_TIMESTAMP(6) AND queue = ?
  GROUP BY queue`;

/** No more rows than all workers have slots. */
export const COUNT_EVERYTHING_RUNNING = `
  SELECT worker_id AS workerId, COUNT(*) AS n FROM jobs FORCE INDEX (by_state) WHERE state = 'running' GROUP BY worker_id`;

/** values: tenant */
export const COUNT_RUNNING = `
  SELECT worker_id AS workerId, COUNT(*) AS n FROM jobs FORCE INDEX (by_state)
  WHERE state = 'running' AND tenant = ? GROUP BY worker_id`;
