/** values: ids, tenant */
export const LOCK_LETTERS = `
  SELECT id, tenant, queue, type, state, priority, generation, tags, finished_at AS finishedAt FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND tenant = ? ORDER BY id FOR UPDATE`;

/** The rows are locked; values: run_at, ids */
export const RETRY_LETTERS = `
  UPDATE jobs FORCE INDEX (PRIMARY) SET state = 'pending', run_at = ?, deadline = NULL, attempt = 0, crashes = 0,
    generation = generation + 1, finished_at = NULL, cancel_requested_at = NULL, result = NULL, error = NULL, progress = NULL
  WHERE id IN (?) AND state = 'dead'`;
