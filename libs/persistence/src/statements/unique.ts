/**
 * The first gets the row; whoever else asks waits for its commit and locks it as it is. Who has it is read back, never
 * counted; values: rows of those columns, in id order
 */
export const CLAIM_UNIQUE_KEYS = `
  INSERT INTO unique_keys (id, job_id, nonce, held_until) VALUES ? ON DUPLICATE KEY UPDATE nonce = unique_keys.nonce`;

/** Whether a key is free is judged by the job that has it; nobody writes that down when it finishes. values: ids */
export const SELECT_HOLDERS = `
  SELECT held.id, held.job_id, held.nonce, held.held_until > UTC_TIMESTAMP(6) AS isWithin, holder.state, holder.queue,
    holder.concurrency_key, holder.fairness_key, holder.type, holder.priority, holder.run_at, holder.generation, holder.fence, holder.revision
  FROM unique_keys AS held FORCE INDEX (PRIMARY)
  LEFT JOIN jobs AS holder FORCE INDEX (PRIMARY) ON holder.id = held.job_id
  WHERE held.id IN (?)`;

/** Jobs that are to be changed may not move on meanwhile; values: ids */
export const LOCK_HOLDERS = `
  SELECT id AS job_id, state, priority, run_at, generation, fence, revision FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) ORDER BY id FOR UPDATE`;

/** The rows are locked; values: rows of those columns */
export const TAKE_UNIQUE_KEYS = `
  INSERT INTO unique_keys (id, job_id, nonce, held_until) VALUES ?
  ON DUPLICATE KEY UPDATE job_id = VALUES(job_id), nonce = VALUES(nonce), held_until = VALUES(held_until)`;

/** This transaction has inserted them; values: ids */
export const LET_UNIQUE_KEYS_GO = 'DELETE FROM unique_keys WHERE id IN (?)';

/** values: rows of those columns */
export const INSERT_JOB_UNIQUE_KEYS =
  'INSERT INTO job_unique_keys (job_id, key_id, tenant, name, held_for_ms) VALUES ?';

/** values: ids, tenant */
export const SELECT_JOB_UNIQUE_KEYS = `
  SELECT job_id, key_id, name, held_for_ms FROM job_unique_keys FORCE INDEX (PRIMARY) WHERE job_id IN (?) AND tenant = ?`;

/** Windows that are over; values: limit */
export const SELECT_ENDED_UNIQUE_KEYS = `
  SELECT id FROM unique_keys FORCE INDEX (by_end) WHERE held_until < UTC_TIMESTAMP(6) ORDER BY held_until LIMIT ?`;

/** One that was taken meanwhile has not ended; values: ids */
export const DELETE_ENDED_UNIQUE_KEYS = 'DELETE FROM unique_keys WHERE id IN (?) AND held_until < UTC_TIMESTAMP(6)';

/** Those that end with their job; values: ids of jobs */
export const DELETE_HELD_KEYS = `
  DELETE unique_keys FROM job_unique_keys FORCE INDEX (PRIMARY)
  STRAIGHT_JOIN unique_keys FORCE INDEX (PRIMARY)
    ON unique_keys.id = job_unique_keys.key_id AND unique_keys.job_id = job_unique_keys.job_id
    AND unique_keys.held_until IS NULL
  WHERE job_unique_keys.job_id IN (?)`;
