/** Where pending jobs are, without reading them: the first due time of each queue and priority, by a loose scan. */
export const SELECT_PENDING_HEADS = `
  SELECT queue, priority, MIN(run_at) AS first_run_at FROM jobs FORCE INDEX (by_state)
  WHERE state = 'pending' GROUP BY state, queue, priority`;

const PENDING = `
  SELECT id, priority, run_at, CAST(run_at AS CHAR) AS instant, EXISTS (SELECT 1 FROM queue_pauses) AS some_paused,
    EXISTS (SELECT 1 FROM laned_queues WHERE laned_queues.queue = ?) AS some_laned
  FROM jobs FORCE INDEX (by_state) WHERE state = 'pending'`;

/**
 * First the rest of the instant that the last page ended in, then what is due later: each a plain range, however many
 * jobs share an instant. values: queue, queue, priority, instant, id after it, limit; queue, queue, priority, after the instant, until
 * (exclusive), limit; limit
 */
export const SELECT_PENDING_PAGE = `
  (${PENDING} AND queue = ? AND priority = ? AND run_at = ? AND id > ? ORDER BY id LIMIT ?)
  UNION ALL
  (${PENDING} AND queue = ? AND priority = ? AND run_at > ? AND run_at < ? ORDER BY run_at, id LIMIT ?)
  ORDER BY run_at, id LIMIT ?`;

const AT_AN_END = `${PENDING} AND queue = ? AND priority = ? AND run_at >= ? AND run_at < ?`;
const BOTH_ENDS = `(${AT_AN_END} ORDER BY run_at, id LIMIT ?) UNION (${AT_AN_END} ORDER BY run_at DESC, id DESC LIMIT ?)`;

/**
 * The first and the last jobs of so many stretches of due times, a job that is among both once.
 * values: for each stretch twice queue, queue, priority, from, until (exclusive), limit
 */
export function selectPendingEnds(stretches: number): string {
  return `${Array<string>(stretches).fill(BOTH_ENDS).join(' UNION ')} ORDER BY run_at, id`;
}

/** values: ids */
export const SELECT_STILL_PENDING = "SELECT id FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (?) AND state = 'pending'";

/** values: limit */
export const SELECT_OVERDUE = `
  SELECT id FROM jobs FORCE INDEX (by_expiry) WHERE expires_at <= UTC_TIMESTAMP(6) ORDER BY expires_at LIMIT ?`;

/** values: ids */
export const LOCK_OVERDUE = `
  SELECT id, tenant, queue, state, run_at, has_dependants FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND state IN ('pending', 'blocked') AND deadline <= UTC_TIMESTAMP(6) ORDER BY id FOR UPDATE SKIP LOCKED`;

/** values: ids */
export const EXPIRE = `
  UPDATE jobs FORCE INDEX (PRIMARY) SET state = 'expired', finished_at = UTC_TIMESTAMP(6)
  WHERE id IN (?) AND state IN ('pending', 'blocked') AND deadline <= UTC_TIMESTAMP(6)`;
