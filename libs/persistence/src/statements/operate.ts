/** values: id, tenant */
export const LOCK_JOB = `
  SELECT id, tenant, concurrency_key, fairness_key, queue, state, priority, run_at, generation, fence, revision, worker_id,
    has_dependants FROM jobs FORCE INDEX (PRIMARY)
  WHERE id = ? AND tenant = ? FOR UPDATE`;

/** values: ids, states */
export const CANCEL_WAITING = `
  UPDATE jobs FORCE INDEX (PRIMARY) SET state = 'cancelled', finished_at = UTC_TIMESTAMP(6) WHERE id IN (?) AND state IN (?)`;

/** values: id, worker */
export const REQUEST_CANCEL = `
  UPDATE jobs SET cancel_requested_at = COALESCE(cancel_requested_at, UTC_TIMESTAMP(6))
  WHERE id = ? AND state = 'running' AND worker_id = ?`;

/** values: worker */
export const SIGNAL_CANCEL = 'UPDATE workers SET cancel_requests = cancel_requests + 1 WHERE id = ?';

/** Due at once, if it was not; values: run_at, id, run_at */
export const RUN_NOW = `
  UPDATE jobs SET state = 'pending', run_at = ?, revision = revision + 1 WHERE id = ? AND state = 'pending' AND run_at > ?`;

/**
 * What is NULL among the values stays as it is, but for the deadline, which has a flag of its own; values: payload,
 * priority, run_at, change the deadline, deadline, timeout, attempts, backoff: strategy, delay, longest, jitter; id,
 * generation, fence, revision
 */
export const CHANGE = `
  UPDATE jobs SET state = 'pending', payload = COALESCE(?, payload), priority = COALESCE(?, priority),
    run_at = COALESCE(?, run_at), deadline = IF(?, ?, deadline), timeout_ms = COALESCE(?, timeout_ms),
    max_attempts = COALESCE(?, max_attempts), backoff_strategy = COALESCE(?, backoff_strategy),
    backoff_delay_ms = COALESCE(?, backoff_delay_ms), backoff_max_delay_ms = COALESCE(?, backoff_max_delay_ms),
    backoff_jitter = COALESCE(?, backoff_jitter), revision = revision + 1
  WHERE id = ? AND state = 'pending' AND generation = ? AND fence = ? AND revision = ?`;
