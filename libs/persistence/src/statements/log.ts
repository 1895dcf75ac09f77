/** Keeps jobs from being taken away until the transaction ends; values: ids, worker */
export const HOLD_JOBS = `
  SELECT id, fence FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND state = 'running' AND worker_id = ? ORDER BY id LOCK IN SHARE MODE`;

/** A line that is there stays as it is; values: rows of those columns */
export const APPEND_LOG_LINES = `
  INSERT INTO job_logs (job_id, fence, number, attempt, logged_at, line) VALUES ?
  ON DUPLICATE KEY UPDATE number = job_logs.number`;

/** values: job, fence */
export const DELETE_OLD_LOG_LINES = 'DELETE FROM job_logs WHERE job_id = ? AND fence < ?';

/** The oldest first; values: job, fence, fence, number, limit */
export const SELECT_LOG_LINES = `
  SELECT fence, number, attempt, logged_at, line FROM job_logs FORCE INDEX (PRIMARY)
  WHERE job_id = ? AND (fence > ? OR (fence = ? AND number > ?)) ORDER BY fence, number LIMIT ?`;
