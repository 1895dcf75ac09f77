/** Of some jobs, those that have not finished; values: ids */
export const SELECT_UNFINISHED = `
  SELECT id FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (?) AND state IN ('blocked', 'pending', 'running')`;
