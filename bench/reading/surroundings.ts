const TAGS = `
  INSERT IGNORE INTO job_tags (tenant, tag, job_id)
  SELECT tenant, JSON_UNQUOTE(JSON_EXTRACT(tags, '$[0]')), id FROM jobs WHERE tags IS NOT NULL`;

const FAILURES = `
  INSERT IGNORE INTO job_failures (job_id, fence, attempt, generation, kind, error, worker_id, started_at, failed_at)
  SELECT id, 1, 1, 1, 'failed', error, UNHEX(LEFT(SHA2('worker', 256), 32)), started_at, finished_at FROM jobs WHERE state = 'dead'`;

const QUEUES = 'INSERT IGNORE INTO queues (name) SELECT DISTINCT queue FROM jobs';

/** Whoever has a concurrency key has a unique key, too; it is held by those that have not finished. */
const JOB_UNIQUE_KEYS = `
  INSERT IGNORE INTO job_unique_keys (job_id, key_id, tenant, name)
  SELECT id, UNHEX(SHA2(HEX(id), 256)), tenant, CONCAT('order-', LOWER(HEX(id))) FROM jobs WHERE concurrency_key IS NOT NULL`;
const UNIQUE_KEYS = `
  INSERT IGNORE INTO unique_keys (id, job_id, nonce)
  SELECT held.key_id, held.job_id, held.job_id FROM job_unique_keys AS held JOIN jobs ON jobs.id = held.job_id
  WHERE jobs.state IN ('pending', 'running', 'blocked')`;

/** Chains of five, of the jobs with the middle priority. */
const MEMBERS = `
  CREATE TABLE IF NOT EXISTS members (n INT UNSIGNED NOT NULL PRIMARY KEY, id BINARY(16) NOT NULL) ENGINE=InnoDB
  SELECT ROW_NUMBER() OVER (ORDER BY id) - 1 AS n, id FROM jobs WHERE tenant = 'default' AND priority = 5`;
const WORKFLOWS = `
  INSERT IGNORE INTO workflows (id, tenant, name, created_at)
  SELECT members.id, 'default', CONCAT('import-', members.n DIV 5), jobs.created_at
  FROM members JOIN jobs ON jobs.id = members.id WHERE members.n % 5 = 0`;
const WORKFLOW_JOBS = `
  INSERT IGNORE INTO workflow_jobs (workflow_id, name, job_id)
  SELECT head.id, CONCAT('step-', member.n % 5 + 1), member.id
  FROM members AS member JOIN members AS head ON head.n = member.n - member.n % 5`;
const CHAINS = `
  INSERT IGNORE INTO dependencies (job_id, depends_on, requirement)
  SELECT member.id, earlier.id, 'succeeded' FROM members AS member JOIN members AS earlier ON earlier.n = member.n - 1
  WHERE member.n % 5 > 0`;

/** Blocked jobs wait for the newest of their tenant that is scheduled. */
const BLOCKED = `
  INSERT IGNORE INTO dependencies (job_id, depends_on, requirement)
  SELECT blocked.id, awaited.id, 'succeeded' FROM jobs AS blocked FORCE INDEX (by_state)
  JOIN (SELECT tenant, MAX(id) AS id FROM jobs WHERE state = 'pending' AND run_at > UTC_TIMESTAMP(6) GROUP BY tenant) AS awaited
    ON awaited.tenant = blocked.tenant
  WHERE blocked.state = 'blocked'`;

const LOGS = `
  INSERT IGNORE INTO job_logs (job_id, fence, number, attempt, logged_at, line)
  SELECT job.id, job.fence, numbers.n, 1, job.started_at, CONCAT('read page ', numbers.n, ' of the catalogue')
  FROM (SELECT id, fence, started_at FROM jobs FORCE INDEX (by_state) WHERE state = 'running') AS job
  JOIN numbers ON numbers.n BETWEEN 1 AND 100`;

/** Of the last six days, without gaps in the numbers. */
const JOURNAL = `
  INSERT IGNORE INTO job_transitions (id, at, job_id, tenant, queue, type, event, from_state, to_state, generation, attempt,
    crashes, fence, run_at, actor)
  SELECT ROW_NUMBER() OVER (ORDER BY id), created_at, id, tenant, queue, type, 'submit', '', 'pending', 1, 0, 0, 0, run_at, 'api@host:1'
  FROM jobs WHERE created_at > UTC_TIMESTAMP(6) - INTERVAL 6 DAY`;

const EVENT = `CASE state WHEN 'running' THEN 'claim' WHEN 'succeeded' THEN 'succeed' WHEN 'dead' THEN 'exhaust'
  WHEN 'cancelled' THEN 'cancel' WHEN 'expired' THEN 'expire' END`;
const SPANS = { minute: '%Y-%m-%d %H:%i:00', hour: '%Y-%m-%d %H:00:00', day: '%Y-%m-%d 00:00:00' };
const TOTAL = 'INSERT IGNORE INTO tally_totals (tenant, queue, event, from_state, to_state, n)';
const DUE = 'INSERT IGNORE INTO tally_dues (tenant, queue, span, due_at, n)';

/** The books as the transitions would have left them: of each queue, then under an empty name of all queues together. */
const BOOKS = [
  `${TOTAL}
   SELECT tenant, queue, 'submit', '', IF(state = 'blocked', 'blocked', 'pending') AS came, COUNT(*) FROM jobs GROUP BY tenant, queue, came`,
  `${TOTAL}
   SELECT tenant, queue, ${EVENT}, 'pending', state, COUNT(*) FROM jobs
   WHERE state NOT IN ('pending', 'blocked') GROUP BY tenant, queue, state`,
  `${TOTAL}
   SELECT tenant, '', event, from_state, to_state, SUM(n) FROM tally_totals AS of_queues
   WHERE queue <> '' GROUP BY tenant, event, from_state, to_state`,
  `${DUE}
   SELECT tenant, queue, 'second', DATE_FORMAT(run_at, '%Y-%m-%d %H:%i:%s') AS due, COUNT(*) FROM jobs
   WHERE state = 'pending' AND run_at > UTC_TIMESTAMP(6) GROUP BY tenant, queue, due`,
  ...Object.entries(SPANS).map(
    ([span, format]) => `${DUE}
   SELECT tenant, queue, '${span}', DATE_FORMAT(due_at, '${format}') AS due, SUM(n) FROM tally_dues AS seconds
   WHERE span = 'second' GROUP BY tenant, queue, due`,
  ),
  `${DUE}
   SELECT tenant, '', span, due_at, SUM(n) FROM tally_dues AS of_queues WHERE queue <> '' GROUP BY tenant, span, due_at`,
];

/** What lies around the jobs, made of them once they are there, in this order. Each can be done again after a crash halfway. */
export const SURROUNDINGS: Readonly<Record<string, readonly string[]>> = {
  tags: [TAGS],
  failures: [FAILURES],
  queues: [QUEUES],
  'unique keys': [JOB_UNIQUE_KEYS, UNIQUE_KEYS],
  workflows: [MEMBERS, WORKFLOWS, WORKFLOW_JOBS, CHAINS, BLOCKED, 'DROP TABLE members'],
  logs: [LOGS],
  journal: [JOURNAL],
  books: BOOKS,
};
