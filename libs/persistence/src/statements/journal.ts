/** The jobs as the transition left them, so that the journal can say nothing else than the rows do; values: ids */
export const SELECT_MOVED = `
  SELECT id, tenant, queue, type, state, generation, attempt, crashes, fence, CAST(run_at AS CHAR) AS run_at, worker_id
  FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (?)`;

/**
 * An INSERT … SELECT would draw more numbers than it writes rows, and whoever follows the journal would wait for those
 * that nobody uses. values: rows
 */
export const INSERT_TRANSITIONS = `
  INSERT INTO job_transitions
    (job_id, tenant, queue, type, to_state, generation, attempt, crashes, fence, run_at, worker_id, event, from_state, actor)
  VALUES ?`;

const SECONDS_SINCE = 'TIMESTAMPDIFF(SECOND, at, UTC_TIMESTAMP(6)) AS age';

const TRANSITION = `
  SELECT id, at, job_id, tenant, queue, type, event, to_state, generation, attempt, crashes, fence, run_at, worker_id,
    ${SECONDS_SINCE}
  FROM job_transitions FORCE INDEX (PRIMARY)`;

/** values: position, limit */
export const SELECT_TRANSITIONS = `${TRANSITION} WHERE id > ? ORDER BY id LIMIT ?`;

/** How many there are, and the last; values: position, not far from the end */
export const COUNT_LAST_TRANSITIONS = `
  SELECT COUNT(*) AS n, MAX(id) AS last FROM job_transitions FORCE INDEX (PRIMARY) WHERE id > ?`;

/** When each was written, and nothing else; values: position, limit */
export const SELECT_TRANSITION_AGES = `
  SELECT id, ${SECONDS_SINCE} FROM job_transitions FORCE INDEX (PRIMARY) WHERE id > ? ORDER BY id LIMIT ?`;

/** values: position, until (inclusive), tenant */
export const SELECT_TRANSITIONS_OF_TENANT = `${TRANSITION} WHERE id > ? AND id <= ? AND tenant = ? ORDER BY id`;

/** Whatever is there, also what is not committed, if it is read so; values: after, before */
export const SELECT_TRANSITION_IDS = `
  SELECT id FROM job_transitions FORCE INDEX (PRIMARY) WHERE id > ? AND id < ? ORDER BY id`;

export const SELECT_JOURNAL_BOUNDS = 'SELECT MIN(id) AS oldest, MAX(id) AS newest FROM job_transitions';

/**
 * How far the first rows are too old. The newest stays, however old: it tells how far the numbers have come. values:
 * limit, age in milliseconds
 */
export const SELECT_JOURNAL_END = `
  SELECT MAX(id) AS last FROM (
    SELECT id, at FROM job_transitions FORCE INDEX (PRIMARY) WHERE id > 0 ORDER BY id LIMIT ?) AS oldest
  WHERE at < UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND AND id < (SELECT MAX(id) FROM job_transitions)`;

/** values: last */
export const DELETE_TRANSITIONS = 'DELETE FROM job_transitions WHERE id <= ?';
