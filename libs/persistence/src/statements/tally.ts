/** values: rows of tenant, queue, event, from, to, n */
export const INSERT_TALLIES = 'INSERT INTO tallies (tenant, queue, event, from_state, to_state, n) VALUES ?';

/** values: rows of span, counted_at, tenant, queue, event, from, to, n */
export const INSERT_ROLLED_UP =
  'INSERT INTO tallies (span, counted_at, tenant, queue, event, from_state, to_state, n) VALUES ?';

/** values: span, age in seconds, limit */
export const LOCK_TALLIES = `
  SELECT id, counted_at, tenant, queue, event, from_state, to_state, n FROM tallies FORCE INDEX (by_span)
  WHERE span = ? AND counted_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND ORDER BY counted_at, id LIMIT ? FOR UPDATE SKIP LOCKED`;

/** values: ids */
export const DELETE_TALLIES = 'DELETE FROM tallies WHERE id IN (?)';

/** values: tenant */
export const SUM_TALLIES = `
  SELECT queue, event, from_state AS fromState, to_state AS toState, SUM(n) AS n FROM tallies
  WHERE tenant = ? GROUP BY queue, event, from_state, to_state`;

/** values: tenant, seconds */
export const SUM_RECENT_TALLIES = `
  SELECT queue, event, SUM(n) AS n FROM tallies FORCE INDEX (by_span)
  WHERE span IN ('raw', 'slice') AND tenant = ? AND counted_at >= UTC_TIMESTAMP(6) - INTERVAL ? SECOND
  GROUP BY queue, event`;
