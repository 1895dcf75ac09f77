/** values: ids, tenant */
export const LOCK_LETTERS = `
  SELECT id, tenant, concurrency_key, fairness_key, queue, type, state, priority, generation, tags, has_dependants,
    finished_at AS finishedAt FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND tenant = ? ORDER BY id FOR UPDATE`;
