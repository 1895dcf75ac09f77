/** values: id, name, queues, types, capacity, lease in microseconds */
export const INSERT_WORKER = `
  INSERT INTO workers (id, name, queues, types, capacity, started_at, lease_until)
  VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND)`;

/**
 * The row is the lease: who was taken for lost has none. A lease that ran out while MySQL was away is renewed if nobody has
 * acted on it; values: lease in microseconds, vitals, id
 */
export const RENEW_LEASE = `
  UPDATE workers SET lease_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, blocked_ms = ?, rss_bytes = ?,
    heap_used_bytes = ?, jobs_started = ?, jobs_ended = ?
  WHERE id = ?`;

/** values: id */
export const SELECT_LEASE = 'SELECT cancel_requests FROM workers WHERE id = ?';

export const DELETE_WORKER = 'DELETE FROM workers WHERE id = ?';
