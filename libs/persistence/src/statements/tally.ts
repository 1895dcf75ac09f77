/** values: rows of tenant, queue, event, from, to, from_due_at, to_due_at, n */
export const INSERT_TALLIES = `
  INSERT INTO tallies (tenant, queue, event, from_state, to_state, from_due_at, to_due_at, n) VALUES ?`;

/** The oldest first; those that are being committed come in a later run. values: limit */
export const LOCK_TALLIES = `
  SELECT id, counted_at, tenant, queue, event, from_state, to_state, n, from_due_at, to_due_at, UTC_TIMESTAMP(6) AS now
  FROM tallies FORCE INDEX (PRIMARY) WHERE id > 0 ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED`;

/** values: ids */
export const DELETE_TALLIES = 'DELETE FROM tallies WHERE id IN (?)';

/** values: rows of tenant, queue, event, from, to, n */
export const ADD_TO_TOTALS = `
  INSERT INTO tally_totals (tenant, queue, event, from_state, to_state, n) VALUES ?
  ON DUPLICATE KEY UPDATE n = n + VALUES(n)`;

/** values: rows of tenant, queue, span, starts_at, event, n */
export const ADD_TO_SLICES = `
  INSERT INTO tally_slices (tenant, queue, span, starts_at, event, n) VALUES ?
  ON DUPLICATE KEY UPDATE n = n + VALUES(n)`;

/** values: rows of tenant, queue, span, due_at, n */
export const ADD_TO_DUES = `
  INSERT INTO tally_dues (tenant, queue, span, due_at, n) VALUES ?
  ON DUPLICATE KEY UPDATE n = n + VALUES(n)`;

/** values: span, age in seconds, limit */
export const DELETE_OLD_SLICES = `
  DELETE FROM tally_slices WHERE span = ? AND starts_at < UTC_TIMESTAMP() - INTERVAL ? SECOND LIMIT ?`;

/** values: span, age in seconds, limit */
export const DELETE_PAST_DUES = `
  DELETE FROM tally_dues WHERE span = ? AND due_at < UTC_TIMESTAMP() - INTERVAL ? SECOND LIMIT ?`;
