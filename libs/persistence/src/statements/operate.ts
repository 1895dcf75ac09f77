/** values: id, tenant */
export const LOCK_JOB = `
  SELECT id, tenant, queue, state, priority, run_at, generation, worker_id FROM jobs FORCE INDEX (PRIMARY)
  WHERE id = ? AND tenant = ? FOR UPDATE`;

/** values: id, states */
export const CANCEL_WAITING = `
  UPDATE jobs SET state = 'cancelled', finished_at = UTC_TIMESTAMP(6) WHERE id = ? AND state IN (?)`;

/** values: id, worker */
export const REQUEST_CANCEL = `
  UPDATE jobs SET cancel_requested_at = COALESCE(cancel_requested_at, UTC_TIMESTAMP(6))
  WHERE id = ? AND state = 'running' AND worker_id = ?`;

/** values: worker */
export const SIGNAL_CANCEL = 'UPDATE workers SET cancel_requests = cancel_requests + 1 WHERE id = ?';

/** A new generation, due at once and without the old deadline; values: run_at, id, states */
export const RETRY = `
  UPDATE jobs SET state = 'pending', run_at = ?, deadline = NULL, attempt = 0, crashes = 0, generation = generation + 1,
    finished_at = NULL, cancel_requested_at = NULL, result = NULL, error = NULL, progress = NULL
  WHERE id = ? AND state IN (?)`;
