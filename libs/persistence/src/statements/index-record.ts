/** Of every queue: a row each, however many jobs there are. */
export const SELECT_INDEX_RECORDS = `
  SELECT name, index_generation, rebuild_until > UTC_TIMESTAMP(6) AS is_rebuilding, rebuilt_at, rebuild_cause, rebuild_ms,
    rebuilt_jobs, drift, drifted_at
  FROM queues ORDER BY name`;

/** One replica builds the index of a queue at a time; values: lease in microseconds, queue */
export const WIN_REBUILD = `
  UPDATE queues SET rebuild_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, index_generation = index_generation + 1
  WHERE name = ? AND (rebuild_until IS NULL OR rebuild_until < UTC_TIMESTAMP(6))`;

/** values: queue */
export const SELECT_GENERATION = 'SELECT index_generation FROM queues WHERE name = ?';

const OURS = 'name = ? AND index_generation = ? AND rebuild_until IS NOT NULL';

/** values: lease in microseconds, queue, generation */
export const EXTEND_REBUILD = `
  UPDATE queues SET rebuild_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND WHERE ${OURS}`;

/** Lets the next replica begin at once; values: queue, generation */
export const RELEASE_REBUILD = `UPDATE queues SET rebuild_until = NULL WHERE ${OURS}`;

/** values: cause, milliseconds, jobs, queue, generation */
export const END_REBUILD = `
  UPDATE queues SET rebuild_until = NULL, rebuilt_at = UTC_TIMESTAMP(6), rebuild_cause = ?, rebuild_ms = ?, rebuilt_jobs = ?
  WHERE ${OURS}`;

/** values: jobs, queue */
export const ADD_DRIFT = 'UPDATE queues SET drift = drift + ?, drifted_at = UTC_TIMESTAMP(6) WHERE name = ?';
