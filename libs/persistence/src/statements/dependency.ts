/** The jobs that others shall wait for, in id order as settling locks them; values: ids */
export const LOCK_DEPENDENCIES = `
  SELECT id, tenant, state FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (?) ORDER BY id FOR UPDATE`;

/** Whoever finishes them looks for who waits; values: ids */
export const MARK_DEPENDENCIES = `
  UPDATE jobs FORCE INDEX (PRIMARY) SET has_dependants = 1 WHERE id IN (?) AND has_dependants = 0`;

/** values: rows of those columns */
export const INSERT_DEPENDENCIES = 'INSERT INTO dependencies (job_id, depends_on, requirement) VALUES ?';

/** Who waits for these jobs and has somebody waiting for it in turn; values: ids, limit */
export const SELECT_BLOCKED_DEPENDANTS = `
  SELECT DISTINCT waiting.id, waiting.has_dependants
  FROM dependencies FORCE INDEX (by_dependency)
  STRAIGHT_JOIN jobs AS waiting FORCE INDEX (PRIMARY) ON waiting.id = dependencies.job_id
  WHERE dependencies.depends_on IN (?) AND waiting.state = 'blocked' LIMIT ?`;

/** values: ids */
export const LOCK_BLOCKED = `
  SELECT id, tenant, concurrency_key, fairness_key, queue, priority, run_at FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND state = 'blocked' ORDER BY id FOR UPDATE`;

/** Dependencies that may still matter: all but those that have succeeded or are gone; values: ids */
export const SELECT_UNMET = `
  SELECT dependencies.job_id, dependencies.depends_on, dependencies.requirement, other.state
  FROM dependencies FORCE INDEX (PRIMARY)
  STRAIGHT_JOIN jobs AS other FORCE INDEX (PRIMARY) ON other.id = dependencies.depends_on
  WHERE dependencies.job_id IN (?) AND other.state <> 'succeeded'`;

/** What keeps jobs blocked; values: ids */
export const SELECT_OPEN = `
  SELECT dependencies.job_id, dependencies.depends_on
  FROM dependencies FORCE INDEX (PRIMARY)
  STRAIGHT_JOIN jobs AS waiting FORCE INDEX (PRIMARY) ON waiting.id = dependencies.job_id
  STRAIGHT_JOIN jobs AS other FORCE INDEX (PRIMARY) ON other.id = dependencies.depends_on
  WHERE dependencies.job_id IN (?) AND waiting.state = 'blocked' AND other.state IN ('blocked', 'pending', 'running')`;

/** values: ids */
export const RELEASE = `
  UPDATE jobs FORCE INDEX (PRIMARY) SET state = 'pending' WHERE id IN (?) AND state = 'blocked'`;

/** values: error, ids */
export const CANCEL_DEPENDANTS = `
  UPDATE jobs FORCE INDEX (PRIMARY) SET state = 'cancelled', finished_at = UTC_TIMESTAMP(6), error = ?
  WHERE id IN (?) AND state = 'blocked'`;

const PAIRS = `
  JSON_TABLE(?, '$[*]' COLUMNS (
    id CHAR(32) CHARACTER SET ascii PATH '$.id',
    dependsOn CHAR(32) CHARACTER SET ascii PATH '$.dependsOn'
  )) AS pair
  STRAIGHT_JOIN dependencies FORCE INDEX (PRIMARY)
    ON dependencies.job_id = UNHEX(pair.id) AND dependencies.depends_on = UNHEX(pair.dependsOn)`;

/** Why jobs were cancelled; values: JSON of pairs */
export const MARK_CAUSES = `UPDATE ${PAIRS} SET dependencies.is_cause = 1`;

/** values: ids */
export const CLEAR_CAUSES = `
  UPDATE dependencies FORCE INDEX (PRIMARY) SET is_cause = 0 WHERE job_id IN (?) AND is_cause = 1`;

/** Somebody runs a job again whatever failed before it; values: JSON of pairs */
export const WAIVE_DEPENDENCIES = `UPDATE ${PAIRS} SET dependencies.requirement = 'finished'`;

/** Who was cancelled because these jobs failed; values: ids, limit */
export const SELECT_CANCELLED_DEPENDANTS = `
  SELECT DISTINCT waiting.id FROM dependencies FORCE INDEX (by_dependency)
  STRAIGHT_JOIN jobs AS waiting FORCE INDEX (PRIMARY) ON waiting.id = dependencies.job_id
  WHERE dependencies.depends_on IN (?) AND dependencies.is_cause = 1 AND waiting.state = 'cancelled' LIMIT ?`;

/** values: ids, states */
export const LOCK_RERUN = `
  SELECT id, tenant, concurrency_key, fairness_key, queue, state, priority, has_dependants FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND state IN (?) ORDER BY id FOR UPDATE`;

const NEW_GENERATION = `deadline = NULL, attempt = 0, crashes = 0, generation = generation + 1, finished_at = NULL,
    cancel_requested_at = NULL, result = NULL, error = NULL, progress = NULL, is_ordered = NULL`;

/** A new generation, without the old deadline and its place in an order, due at once or when what it waits for is done; values: run_at, ids, states */
export const RETRY = {
  pending: `
    UPDATE jobs FORCE INDEX (PRIMARY) SET state = 'pending', run_at = ?, ${NEW_GENERATION} WHERE id IN (?) AND state IN (?)`,
  blocked: `
    UPDATE jobs FORCE INDEX (PRIMARY) SET state = 'blocked', run_at = ?, ${NEW_GENERATION} WHERE id IN (?) AND state IN (?)`,
} as const;

/** What one job waits for, in the order of its ids, with results; values: job, after, limit */
export const SELECT_DEPENDENCY_RESULTS = `
  SELECT dependencies.depends_on, dependencies.requirement, other.type, other.state, other.result, other.error, place.name
  FROM dependencies FORCE INDEX (PRIMARY)
  LEFT JOIN jobs AS other FORCE INDEX (PRIMARY) ON other.id = dependencies.depends_on
  LEFT JOIN workflow_jobs AS place FORCE INDEX (by_job) ON place.job_id = dependencies.depends_on
  WHERE dependencies.job_id = ? AND dependencies.depends_on > ? ORDER BY dependencies.depends_on LIMIT ?`;

/** values: job, limit */
export const SELECT_DEPENDENCIES = `
  SELECT dependencies.depends_on, dependencies.requirement, dependencies.is_cause, other.state, other.run_at
  FROM dependencies FORCE INDEX (PRIMARY) LEFT JOIN jobs AS other FORCE INDEX (PRIMARY) ON other.id = dependencies.depends_on
  WHERE dependencies.job_id = ? ORDER BY dependencies.depends_on LIMIT ?`;

/** Where blocked jobs are, by a loose scan */
export const SELECT_BLOCKED_HEADS = `
  SELECT queue, priority, MIN(run_at) AS first_run_at FROM jobs FORCE INDEX (by_state)
  WHERE state = 'blocked' GROUP BY state, queue, priority`;

const BLOCKED =
  "SELECT id, run_at, CAST(run_at AS CHAR) AS instant FROM jobs FORCE INDEX (by_state) WHERE state = 'blocked'";

/** As the pending ones are walked; values: queue, priority, instant, id after it, limit; queue, priority, instant, limit; limit */
export const SELECT_BLOCKED_PAGE = `
  (${BLOCKED} AND queue = ? AND priority = ? AND run_at = ? AND id > ? ORDER BY id LIMIT ?)
  UNION ALL
  (${BLOCKED} AND queue = ? AND priority = ? AND run_at > ? ORDER BY run_at, id LIMIT ?)
  ORDER BY run_at, id LIMIT ?`;

const OTHERS = `
    SELECT 1 FROM dependencies FORCE INDEX (PRIMARY)
    STRAIGHT_JOIN jobs AS other FORCE INDEX (PRIMARY) ON other.id = dependencies.depends_on
    WHERE dependencies.job_id = jobs.id`;

/** Blocked jobs that nobody will release: what they wait for is done already, or failed; values: ids */
export const SELECT_MISSED = `
  SELECT id FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND state = 'blocked' AND (
    NOT EXISTS (${OTHERS} AND other.state IN ('blocked', 'pending', 'running'))
    OR EXISTS (${OTHERS} AND dependencies.requirement = 'succeeded' AND other.state IN ('dead', 'cancelled', 'expired')))`;
