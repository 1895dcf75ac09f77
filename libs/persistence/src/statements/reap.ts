/** values: limit */
export const SELECT_LOST_WORKERS =
  'SELECT id FROM workers WHERE lease_until < UTC_TIMESTAMP(6) ORDER BY lease_until LIMIT ?';

/** The point of no return: a worker without a row cannot renew; values: ids */
export const DELETE_LOST_WORKERS = 'DELETE FROM workers WHERE id IN (?) AND lease_until < UTC_TIMESTAMP(6)';

/** Of the given workers, those that renewed after all; values: ids */
export const SELECT_REMAINING_WORKERS = 'SELECT id FROM workers WHERE id IN (?)';

/** Running jobs whose worker is gone; values: limit */
export const SELECT_ORPHANS = `
  SELECT jobs.id FROM jobs FORCE INDEX (by_state) LEFT JOIN workers ON workers.id = jobs.worker_id
  WHERE jobs.state = 'running' AND workers.id IS NULL LIMIT ?`;

/** values: ids */
export const LOCK_ORPHANS = `
  SELECT jobs.id, jobs.tenant, jobs.concurrency_key, jobs.fairness_key, jobs.queue, jobs.priority, jobs.run_at,
    jobs.attempt, jobs.fence, jobs.generation, jobs.crashes, jobs.worker_id, jobs.started_at, jobs.cancel_requested_at,
    jobs.has_dependants, UTC_TIMESTAMP(6) AS now
  FROM jobs FORCE INDEX (PRIMARY) LEFT JOIN workers ON workers.id = jobs.worker_id
  WHERE jobs.id IN (?) AND jobs.state = 'running' AND workers.id IS NULL ORDER BY jobs.id FOR UPDATE SKIP LOCKED`;

const FREED = 'worker_id = NULL, crashes = crashes + 1, attempt = attempt - 1';
const HELD_BY_NOBODY = "id IN (?) AND state = 'running'";

/** The rows are locked and their workers gone; values of the first two: error, ids; of the third: ids */
export const REAP = {
  pending: `UPDATE jobs FORCE INDEX (PRIMARY) SET state = 'pending', ${FREED}, error = ? WHERE ${HELD_BY_NOBODY}`,
  dead: `UPDATE jobs FORCE INDEX (PRIMARY) SET state = 'dead', ${FREED}, error = ?, finished_at = UTC_TIMESTAMP(6)
    WHERE ${HELD_BY_NOBODY}`,
  cancelled: `UPDATE jobs FORCE INDEX (PRIMARY) SET state = 'cancelled', ${FREED}, error = ?, finished_at = UTC_TIMESTAMP(6)
    WHERE ${HELD_BY_NOBODY}`,
} as const;
