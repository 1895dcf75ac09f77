import { DELETE_HELD_KEYS } from './unique.ts';

/** Where finished jobs are, by a loose scan; values: state */
export const SELECT_FINISHED_HEADS = `
  SELECT queue, priority, MIN(run_at) AS first_run_at FROM jobs FORCE INDEX (by_state)
  WHERE state = ? GROUP BY state, queue, priority`;

const FINISHED = `
  SELECT id, run_at, CAST(run_at AS CHAR) AS instant, finished_at < UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND AS isOver
  FROM jobs FORCE INDEX (by_state) WHERE state = ? AND queue = ? AND priority = ?`;

/**
 * Walks finished jobs in the order of the index that is there, due time by due time, since one by the time of finishing
 * would cost every settlement. values: age in microseconds, state, queue, priority, instant, id after it, limit; the same
 * again without the id; limit
 */
export const SELECT_FINISHED_PAGE = `
  (${FINISHED} AND run_at = ? AND id > ? ORDER BY id LIMIT ?)
  UNION ALL
  (${FINISHED} AND run_at > ? ORDER BY run_at, id LIMIT ?)
  ORDER BY run_at, id LIMIT ?`;

const IS_NEEDED = `
    has_dependants = 1 AND EXISTS (
      SELECT 1 FROM dependencies FORCE INDEX (by_dependency)
      STRAIGHT_JOIN jobs AS waiting FORCE INDEX (PRIMARY) ON waiting.id = dependencies.job_id
      WHERE dependencies.depends_on = jobs.id AND waiting.state IN ('blocked', 'pending', 'running'))`;

/** What a job that has not finished may read the result of stays; values: ids, state, age in microseconds */
export const LOCK_PRUNED = `
  SELECT id, tenant, queue, tags FROM jobs FORCE INDEX (PRIMARY)
  WHERE id IN (?) AND state = ? AND finished_at < UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND AND NOT (${IS_NEEDED})
  ORDER BY id FOR UPDATE SKIP LOCKED`;

/** Rows that belong to a job and go with it. Each: values: ids */
export const DELETE_WITH_JOBS = [
  'DELETE job_failures FROM job_failures FORCE INDEX (PRIMARY) WHERE job_id IN (?)',
  'DELETE steps FROM steps FORCE INDEX (PRIMARY) WHERE job_id IN (?)',
  'DELETE dependencies FROM dependencies FORCE INDEX (PRIMARY) WHERE job_id IN (?)',
  'DELETE dependencies FROM dependencies FORCE INDEX (by_dependency) WHERE depends_on IN (?)',
  'DELETE job_logs FROM job_logs FORCE INDEX (PRIMARY) WHERE job_id IN (?)',
  DELETE_HELD_KEYS,
  'DELETE job_unique_keys FROM job_unique_keys FORCE INDEX (PRIMARY) WHERE job_id IN (?)',
  'DELETE ordered_jobs FROM ordered_jobs FORCE INDEX (by_job) WHERE job_id IN (?)',
] as const;

/** values: JSON of tenant, tag and id */
export const DELETE_TAGS = `
  DELETE job_tags FROM
    JSON_TABLE(?, '$[*]' COLUMNS (
      tenant VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin PATH '$.tenant',
      tag VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.tag',
      id CHAR(32) CHARACTER SET ascii PATH '$.id'
    )) AS gone
    STRAIGHT_JOIN job_tags ON job_tags.tenant = gone.tenant AND job_tags.tag = gone.tag AND job_tags.job_id = UNHEX(gone.id)`;

/** The rows are locked; values: ids */
export const DELETE_JOBS = 'DELETE jobs FROM jobs FORCE INDEX (PRIMARY) WHERE id IN (?)';
