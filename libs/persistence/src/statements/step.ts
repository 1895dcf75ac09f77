/** values: job */
export const SELECT_STEPS = 'SELECT name, result FROM steps WHERE job_id = ? ORDER BY recorded_at';

/**
 * Holds the job's row while it writes, so that no step is recorded for a job that is being taken away; values: name,
 * result, job, worker, fence
 */
export const RECORD_STEP = `
  INSERT INTO steps (job_id, name, result, fence, recorded_at)
  SELECT id, ?, ?, fence, UTC_TIMESTAMP(6) FROM jobs FORCE INDEX (PRIMARY)
  WHERE id = ? AND state = 'running' AND worker_id = ? AND fence = ? LOCK IN SHARE MODE`;

/** values: job, name */
export const SELECT_STEP = 'SELECT name, result FROM steps WHERE job_id = ? AND name = ?';
