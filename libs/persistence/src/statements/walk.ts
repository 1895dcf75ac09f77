/** Where pending jobs are, without reading them: the first due time of each queue and priority. */
export const SELECT_PENDING_HEADS = `
  SELECT queue, priority, MIN(run_at) AS first_run_at FROM jobs FORCE INDEX (by_state)
  WHERE state = 'pending' GROUP BY queue, priority ORDER BY queue, priority`;

/** values: queue, priority, from (inclusive), from, id after it, until (inclusive), limit */
export const SELECT_PENDING_PAGE = `
  SELECT id, run_at FROM jobs FORCE INDEX (by_state)
  WHERE state = 'pending' AND queue = ? AND priority = ? AND run_at >= ? AND (run_at > ? OR id > ?) AND run_at <= ?
  ORDER BY run_at, id LIMIT ?`;

/** values: limit */
export const SELECT_OVERDUE = `
  SELECT id FROM jobs FORCE INDEX (by_expiry) WHERE expires_at <= UTC_TIMESTAMP(6) ORDER BY expires_at LIMIT ?`;

/** values: ids */
export const LOCK_OVERDUE = `
  SELECT id, tenant, queue, state FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND state IN ('pending', 'blocked') AND deadline <= UTC_TIMESTAMP(6) ORDER BY id FOR UPDATE`;

/** values: ids */
export const EXPIRE = `
  UPDATE jobs FORCE INDEX (PRIMARY) SET state = 'expired', finished_at = UTC_TIMESTAMP(6)
  WHERE id IN (?) AND state IN ('pending', 'blocked') AND deadline <= UTC_TIMESTAMP(6)`;
