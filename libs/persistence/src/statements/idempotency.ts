/**
 * The first of several equal keys gets its row; the others wait for its commit and then change nothing. Who was first is
 * read back, never counted. values: rows of those columns
 */
export const INSERT_KEYS =
  'INSERT IGNORE INTO idempotency_keys (id, request, nonce, job_ids, created_at, traceparent) VALUES ?';

/** values: ids */
export const SELECT_KEYS = `
  SELECT id, request, nonce, job_ids, placed, created_at, traceparent FROM idempotency_keys FORCE INDEX (PRIMARY) WHERE id IN (?)`;

/** Where not every job was made; values: job ids, what became of each, id */
export const TELL_PLACED = 'UPDATE idempotency_keys SET job_ids = ?, placed = ? WHERE id = ?';

/** values: age in seconds, limit */
export const SELECT_OLD_KEYS = `
  SELECT id FROM idempotency_keys FORCE INDEX (by_age)
  WHERE created_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND ORDER BY created_at LIMIT ?`;

/** By primary key, as they are inserted; values: ids */
export const DELETE_KEYS = 'DELETE FROM idempotency_keys WHERE id IN (?)';
