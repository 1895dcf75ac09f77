/** Who still holds what, locked in id order; values: ids, worker */
export const LOCK_HELD = `
  SELECT id, fence, generation, started_at, cancel_requested_at, has_dependants FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND state = 'running' AND worker_id = ? ORDER BY id FOR UPDATE`;

/** What became of jobs that are no longer held; values: ids */
export const SELECT_SETTLED = `
  SELECT id, fence, crashes, state FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (?) AND state <> 'running'`;

/**
 * The rows of one statement travel as one JSON text, joined by primary key: over any other index, which an optimizer may
 * prefer while few jobs run, it would lock what other workers run.
 */
const ROWS = `
  JSON_TABLE(?, '$[*]' COLUMNS (
    id CHAR(32) CHARACTER SET ascii PATH '$.id',
    fence INT UNSIGNED PATH '$.fence',
    run_at DATETIME(6) PATH '$.runAt',
    text MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.text'
  )) AS settled
  STRAIGHT_JOIN jobs FORCE INDEX (PRIMARY) ON jobs.id = UNHEX(settled.id) AND jobs.fence = settled.fence`;

const HELD = "jobs.state = 'running' AND jobs.worker_id = ?";
const FREED = 'jobs.worker_id = NULL, jobs.cancel_requested_at = NULL';
const CRASHED = 'jobs.crashes = jobs.crashes + 1, jobs.attempt = jobs.attempt - 1';

/** Each: values: rows, worker. `text` is the result of a success and the error of a failure. */
export const SETTLE = {
  succeeded: `
    UPDATE ${ROWS} SET jobs.state = 'succeeded', ${FREED}, jobs.finished_at = UTC_TIMESTAMP(6), jobs.result = settled.text,
      jobs.error = NULL WHERE ${HELD}`,
  retried: `
    UPDATE ${ROWS} SET jobs.state = 'pending', ${FREED}, jobs.run_at = settled.run_at, jobs.error = settled.text WHERE ${HELD}`,
  dead: `
    UPDATE ${ROWS} SET jobs.state = 'dead', ${FREED}, jobs.finished_at = UTC_TIMESTAMP(6), jobs.error = settled.text WHERE ${HELD}`,
  cancelled: `
    UPDATE ${ROWS} SET jobs.state = 'cancelled', jobs.worker_id = NULL, jobs.finished_at = UTC_TIMESTAMP(6),
      jobs.error = settled.text WHERE ${HELD}`,
  snoozed: `
    UPDATE ${ROWS} SET jobs.state = 'pending', ${FREED}, jobs.attempt = jobs.attempt - 1, jobs.run_at = settled.run_at WHERE ${HELD}`,
  'handed-back': `
    UPDATE ${ROWS} SET jobs.state = 'pending', ${FREED}, jobs.attempt = jobs.attempt - 1 WHERE ${HELD}`,
  crashed: `
    UPDATE ${ROWS} SET jobs.state = 'pending', ${FREED}, ${CRASHED}, jobs.run_at = settled.run_at, jobs.error = settled.text WHERE ${HELD}`,
  'crashed-out': `
    UPDATE ${ROWS} SET jobs.state = 'dead', ${FREED}, ${CRASHED}, jobs.finished_at = UTC_TIMESTAMP(6), jobs.error = settled.text
    WHERE ${HELD}`,
} as const;

const SUCCEEDED = `state = 'succeeded', worker_id = NULL, cancel_requested_at = NULL, finished_at = UTC_TIMESTAMP(6), error = NULL`;
const UNSEEN = `id IN (?) AND fence = ? AND state = 'running' AND worker_id = ? AND has_dependants = 0`;

/** Successes of one fence that returned nothing and that nobody waits for; values: ids, fence, worker */
export const SUCCEED = `UPDATE jobs FORCE INDEX (PRIMARY) SET ${SUCCEEDED}, result = NULL WHERE ${UNSEEN}`;

/** The same with what they returned: for a lone job a fourth of the cost of JSON_TABLE; values: ids, results in their order, ids, fence, worker */
export const SUCCEED_WITH_RESULTS = `
  UPDATE jobs FORCE INDEX (PRIMARY) SET ${SUCCEEDED}, result = ELT(FIELD(id, ?), ?) WHERE ${UNSEEN}`;

/** values: rows of FAILURE_COLUMNS */
export const INSERT_FAILURES = `
  INSERT INTO job_failures (job_id, fence, attempt, generation, kind, error, worker_id, started_at, failed_at) VALUES ?`;

/** values: rows, worker */
export const REPORT_PROGRESS = `UPDATE ${ROWS} SET jobs.progress = settled.text WHERE ${HELD}`;

/** values: worker */
export const SELECT_CANCEL_REQUESTS = `
  SELECT id FROM jobs FORCE INDEX (by_state)
  WHERE state = 'running' AND worker_id = ? AND cancel_requested_at IS NOT NULL`;
