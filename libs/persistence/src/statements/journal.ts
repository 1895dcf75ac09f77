/** The jobs as the transition left them, so that the journal can say nothing else than the rows do; values: event, from, actor, ids */
export const INSERT_TRANSITIONS = `
  INSERT INTO job_transitions
    (job_id, tenant, queue, event, from_state, to_state, generation, attempt, crashes, fence, run_at, worker_id, actor)
  SELECT id, tenant, queue, ?, ?, state, generation, attempt, crashes, fence, run_at, worker_id, ?
  FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (?)`;
