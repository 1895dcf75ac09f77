/**
 * Of jobs that the worker still holds; their rows are held while this writes, so that no line comes in for a job that is
 * being taken away; values: rows, worker
 */
export const APPEND_LOG_LINES = `
  INSERT INTO job_logs (job_id, fence, number, attempt, logged_at, line)
  SELECT jobs.id, jobs.fence, logged.number, logged.attempt, logged.at, logged.line
  FROM JSON_TABLE(?, '$[*]' COLUMNS (
    id CHAR(32) CHARACTER SET ascii PATH '$.id',
    fence INT UNSIGNED PATH '$.fence',
    number SMALLINT UNSIGNED PATH '$.number',
    attempt SMALLINT UNSIGNED PATH '$.attempt',
    at DATETIME(3) PATH '$.at',
    line TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.line'
  )) AS logged
  STRAIGHT_JOIN jobs FORCE INDEX (PRIMARY) ON jobs.id = UNHEX(logged.id) AND jobs.fence = logged.fence
  WHERE jobs.state = 'running' AND jobs.worker_id = ?
  LOCK IN SHARE MODE
  ON DUPLICATE KEY UPDATE number = job_logs.number`;

/** values: job, fence */
export const DELETE_OLD_LOG_LINES = 'DELETE FROM job_logs WHERE job_id = ? AND fence < ?';

/** The oldest first; values: job, fence, fence, number, limit */
export const SELECT_LOG_LINES = `
  SELECT fence, number, attempt, logged_at, line FROM job_logs FORCE INDEX (PRIMARY)
  WHERE job_id = ? AND (fence > ? OR (fence = ? AND number > ?)) ORDER BY fence, number LIMIT ?`;
