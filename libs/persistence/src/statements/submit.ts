const JOB_COLUMNS = `id, tenant, queue, type, payload, priority, run_at, deadline, timeout_ms, max_attempts,
    backoff_strategy, backoff_delay_ms, backoff_max_delay_ms, backoff_jitter, tags, created_at, traceparent, schedule_id,
    planned_at`;

/** values: rows of JOB_COLUMNS */
export const INSERT_JOBS = `INSERT INTO jobs (${JOB_COLUMNS}) VALUES ?`;

/** Jobs that wait for others; values: rows of JOB_COLUMNS and the state */
export const INSERT_BLOCKED_JOBS = `INSERT INTO jobs (${JOB_COLUMNS}, state) VALUES ?`;

/** values: rows of tenant, tag, job id */
export const INSERT_JOB_TAGS = 'INSERT INTO job_tags (tenant, tag, job_id) VALUES ?';

/** values: ids */
export const SELECT_TAKEN_IDS = 'SELECT id, created_at FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (?)';

/** Waits for a commit that is still on its way; values: ids */
export const LOCK_TAKEN_IDS = `${SELECT_TAKEN_IDS} FOR UPDATE`;

/** values: name */
export const INSERT_QUEUE = 'INSERT IGNORE INTO queues (name) VALUES (?)';

export const SELECT_QUEUES = 'SELECT name FROM queues ORDER BY name';
