/** Part of every statement that chooses what to claim. Few rows, read once for a whole batch, and never locked. */
export const NOT_PAUSED = `NOT EXISTS (
    SELECT 1 FROM queue_pauses WHERE queue_pauses.queue = jobs.queue AND queue_pauses.tenant = jobs.tenant)`;

/** Whoever was first remains who paused it; values: queue, tenant, subject */
export const INSERT_PAUSE = 'INSERT IGNORE INTO queue_pauses (queue, tenant, paused_by) VALUES (?, ?, ?)';

/** values: queue, tenant */
export const DELETE_PAUSE = 'DELETE FROM queue_pauses WHERE queue = ? AND tenant = ?';

/** values: tenant */
export const SELECT_PAUSES = 'SELECT queue, paused_at, paused_by FROM queue_pauses WHERE tenant = ? ORDER BY queue';

/** Queues that somebody has paused */
export const SELECT_PAUSED_QUEUES = 'SELECT DISTINCT queue FROM queue_pauses';

/** Of some jobs, those that may be claimed; values: ids */
export const SELECT_NOT_PAUSED = `
  SELECT id, tenant, concurrency_key, fairness_key FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (?) AND ${NOT_PAUSED}`;
