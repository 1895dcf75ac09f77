/** values: rows of the columns */
export function insertJobsWith(columns: readonly string[]): string {
  return `INSERT INTO jobs (${columns.join(', ')}) VALUES ?`;
}

/** values: rows of gate, job id, in the order in which they start */
export const INSERT_ORDERED_JOBS = 'INSERT INTO ordered_jobs (gate_id, job_id) VALUES ?';

/** values: rows of queue */
export const INSERT_LANED_QUEUES = 'INSERT IGNORE INTO laned_queues (queue) VALUES ?';

/** values: rows of tenant, tag, job id */
export const INSERT_JOB_TAGS = 'INSERT INTO job_tags (tenant, tag, job_id) VALUES ?';

/** values: ids */
export const SELECT_TAKEN_IDS = 'SELECT id, created_at FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (?)';

/** Waits for a commit that is still on its way; values: ids */
export const LOCK_TAKEN_IDS = `${SELECT_TAKEN_IDS} FOR UPDATE`;

/** values: name */
export const INSERT_QUEUE = 'INSERT IGNORE INTO queues (name) VALUES (?)';

export const SELECT_QUEUES = 'SELECT name FROM queues ORDER BY name';
