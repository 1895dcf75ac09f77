/** values: rows of those columns */
export const INSERT_WORKFLOWS = 'INSERT INTO workflows (id, tenant, name, created_at) VALUES ?';

/** values: rows of those columns */
export const INSERT_WORKFLOW_JOBS = `
  INSERT INTO workflow_jobs (workflow_id, name, job_id, awaits_all, added_by) VALUES ?`;

const WORKFLOW = 'SELECT id, tenant, name, created_at, cancelled_at FROM workflows';

/** values: id, tenant */
export const SELECT_WORKFLOW = `${WORKFLOW} WHERE id = ? AND tenant = ?`;

/** Before its jobs, by everybody who does something to the whole; values: id, tenant */
export const LOCK_WORKFLOW = `${SELECT_WORKFLOW} FOR UPDATE`;

/** The newest first; values: tenant, before, limit */
export const SELECT_WORKFLOWS = `${WORKFLOW} FORCE INDEX (by_tenant) WHERE tenant = ? AND id < ? ORDER BY id DESC LIMIT ?`;

/** values: job */
export const SELECT_WORKFLOW_OF_JOB = `
  SELECT workflows.id, workflows.name AS workflow, workflows.tenant, place.name FROM workflow_jobs AS place FORCE INDEX (by_job)
  JOIN workflows ON workflows.id = place.workflow_id WHERE place.job_id = ?`;

/** How many jobs of each workflow are in which state, and how many of those put off lie ahead; values: ids */
export const COUNT_WORKFLOW_JOBS = `
  SELECT place.workflow_id, jobs.state, jobs.state = 'pending' AND jobs.run_at > UTC_TIMESTAMP(6) AS is_ahead, COUNT(*) AS n,
    MAX(jobs.finished_at) AS finished_at
  FROM workflow_jobs AS place FORCE INDEX (PRIMARY)
  STRAIGHT_JOIN jobs FORCE INDEX (PRIMARY) ON jobs.id = place.job_id
  WHERE place.workflow_id IN (?) GROUP BY place.workflow_id, jobs.state, is_ahead`;

/** values: workflow */
export const SELECT_WORKFLOW_NODES = `
  SELECT place.name, place.job_id, place.awaits_all, place.added_by, jobs.type, jobs.queue, jobs.state, jobs.run_at,
    jobs.attempt, jobs.started_at, jobs.finished_at
  FROM workflow_jobs AS place FORCE INDEX (PRIMARY)
  STRAIGHT_JOIN jobs FORCE INDEX (PRIMARY) ON jobs.id = place.job_id
  WHERE place.workflow_id = ?`;

/** Whom each of its jobs waits for, or did; values: workflow */
export const SELECT_WORKFLOW_LINKS = `
  SELECT place.name, dependencies.depends_on, dependencies.requirement, dependencies.is_cause
  FROM workflow_jobs AS place FORCE INDEX (PRIMARY)
  STRAIGHT_JOIN dependencies FORCE INDEX (PRIMARY) ON dependencies.job_id = place.job_id
  WHERE place.workflow_id = ?`;

/** values: at, id */
export const SET_WORKFLOW_CANCELLED = 'UPDATE workflows SET cancelled_at = ? WHERE id = ?';

/** values: workflow */
export const SELECT_WORKFLOW_JOB_IDS = 'SELECT job_id FROM workflow_jobs FORCE INDEX (PRIMARY) WHERE workflow_id = ?';

/** values: ids, states */
export const LOCK_UNFINISHED = `
  SELECT id, tenant, queue, state, run_at, worker_id, has_dependants FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND state IN (?) ORDER BY id FOR UPDATE`;

/** values: ids */
export const REQUEST_CANCEL_OF_ALL = `
  UPDATE jobs FORCE INDEX (PRIMARY) SET cancel_requested_at = COALESCE(cancel_requested_at, UTC_TIMESTAMP(6))
  WHERE id IN (?) AND state = 'running'`;

/** values: workers, in id order */
export const SIGNAL_CANCEL_TO_ALL = 'UPDATE workers SET cancel_requests = cancel_requests + 1 WHERE id IN (?)';

/** values: ids */
export const SELECT_WORKFLOWS_OF_JOBS = `
  SELECT DISTINCT workflow_id FROM workflow_jobs FORCE INDEX (by_job) WHERE job_id IN (?) ORDER BY workflow_id`;

/** values: ids */
export const DELETE_WORKFLOW_JOBS = 'DELETE workflow_jobs FROM workflow_jobs FORCE INDEX (by_job) WHERE job_id IN (?)';

/** Workflows of which nothing is kept any more; values: ids */
export const DELETE_EMPTY_WORKFLOWS = `
  DELETE workflows FROM workflows LEFT JOIN workflow_jobs FORCE INDEX (PRIMARY) ON workflow_jobs.workflow_id = workflows.id
  WHERE workflows.id IN (?) AND workflow_jobs.workflow_id IS NULL`;
