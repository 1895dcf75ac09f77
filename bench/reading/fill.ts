import { parseArgs } from 'node:util';
import { Database, DATABASE_DEFAULTS, migrateUp } from '@holdfast/persistence';

/**
 * Fills an empty database with jobs as a system has them after a month: several tenants, queues and types, most jobs
 * succeeded, a tenth scheduled, the newest waiting, some dead. What a job is like follows from its number, so two fills
 * differ in nothing but their times.
 *
 *   node bench/reading/fill.ts --url mysql://… --rows 5000000
 */
const { url, rows } = parseArgs({
  options: { url: { type: 'string' }, rows: { type: 'string', default: '5000000' } },
}).values;
if (url === undefined || !/^[1-9]\d*$/.test(rows)) throw new Error('--url mysql://… --rows 5000000');
const TOTAL = Number(rows);
const CHUNK = 50_000;
const MONTH_SECONDS = 30 * 86_400;

await migrateUp(url);
const database = new Database({ ...DATABASE_DEFAULTS, url, statementTimeoutMs: 600_000 });
await database.change('CREATE TABLE numbers (n INT UNSIGNED NOT NULL PRIMARY KEY) ENGINE=InnoDB');
await database.change('INSERT INTO numbers VALUES (0)');
for (let size = 1; size < CHUNK; size *= 2)
  await database.change('INSERT INTO numbers SELECT n + ? FROM numbers', [size]);
for (let first = 0; first < TOTAL; first += CHUNK) {
  await database.change(INSERT_JOBS(), [first, CHUNK, TOTAL - first]);
  if (first % 500_000 === 0) process.stdout.write(`${first} of ${TOTAL}\n`);
}
await database.change(INSERT_TAGS());
await database.change(INSERT_FAILURES());
await database.change(INSERT_QUEUES());
await database.change(INSERT_TALLIES());
for (const table of ['jobs', 'job_tags', 'job_failures', 'tallies']) await database.rows(`ANALYZE TABLE ${table}`);
await database.change('DROP TABLE numbers');
await database.close();

/** k is the job's number, h and g are what it draws by chance; age 0 is the newest. values: first, chunk, rest */
function INSERT_JOBS(): string {
  const created = `UTC_TIMESTAMP(6) - INTERVAL ${MONTH_SECONDS} * (${TOTAL} - k) / ${TOTAL} SECOND`;
  const newest = `k > ${TOTAL} * 0.94`;
  const state = `CASE WHEN ${newest} AND h % 150 = 0 AND k % 2 = 0 THEN 'running' WHEN ${newest} THEN 'pending'
    WHEN g % 1000 < 105 THEN 'pending' WHEN g % 1000 < 125 THEN 'dead' WHEN g % 1000 < 135 THEN 'cancelled'
    WHEN g % 1000 < 140 THEN 'expired' ELSE 'succeeded' END`;
  const finished = "state IN ('succeeded', 'dead', 'cancelled', 'expired')";
  return `
    INSERT INTO jobs (id, tenant, queue, type, state, priority, run_at, attempt, fence, worker_id, created_at, started_at,
      finished_at, payload, tags, result, error)
    SELECT UNHEX(CONCAT(LPAD(HEX(FLOOR(UNIX_TIMESTAMP(created) * 1000)), 12, '0'), '7', SUBSTR(SHA2(k, 256), 1, 3), '8', SUBSTR(SHA2(k, 256), 4, 15))),
      tenant, queue, type, state, IF(h % 20 = 0, 10, IF(h % 21 = 0, 5, 0)),
      IF(state = 'pending' AND NOT newest, UTC_TIMESTAMP(6) + INTERVAL 7200 + g % 2592000 SECOND, created),
      IF(state IN ('running', 'succeeded', 'dead'), 1, 0), IF(state IN ('running', 'succeeded', 'dead'), 1, 0),
      IF(state = 'running', UNHEX(LEFT(SHA2(h % 20, 256), 32)), NULL), created,
      IF(state IN ('running', 'succeeded', 'dead'), created + INTERVAL h % 60 SECOND, NULL),
      IF(${finished}, created + INTERVAL 60 + h % 600 SECOND, NULL),
      CONCAT('{"number":', k, ',"text":"hello world, this is a payload of usual size"}'),
      IF(h % 5 = 0, CONCAT('["tag-', g % 50, '"]'), IF(k % 50000 = 7, '["rare"]', NULL)),
      IF(state = 'succeeded', CONCAT('{"number":', k, '}'), NULL),
      IF(state = 'dead', '{"name":"Error","message":"no such customer"}', NULL)
    FROM (SELECT k, h, g, ${created} AS created, ${newest} AS newest, ${state} AS state,
        CASE WHEN h % 100 < 60 THEN 'default' WHEN h % 100 < 90 THEN 'acme' ELSE CONCAT('tenant-', h % 7) END AS tenant,
        CASE WHEN k % 50000 = 3 THEN 'rare' WHEN g % 97 < 58 THEN 'default' WHEN g % 97 < 78 THEN 'mail'
          WHEN g % 97 < 88 THEN 'reports' ELSE CONCAT('queue-', g % 30) END AS queue,
        CASE WHEN k % 50000 = 5 THEN 'rare.type' WHEN g % 89 < 45 THEN 'echo' WHEN g % 89 < 67 THEN 'email.send'
          WHEN g % 89 < 80 THEN 'http.request' ELSE 'report.generate' END AS type
      FROM (SELECT k, CRC32(CONCAT('h', k)) AS h, CRC32(CONCAT('g', k)) AS g
        FROM (SELECT n + ? AS k FROM numbers WHERE n < ? AND n < ?) AS numbered) AS drawn) AS made
    ORDER BY k`;
}

function INSERT_TAGS(): string {
  return `INSERT INTO job_tags (tenant, tag, job_id)
    SELECT tenant, JSON_UNQUOTE(JSON_EXTRACT(tags, '$[0]')), id FROM jobs WHERE tags IS NOT NULL`;
}

function INSERT_FAILURES(): string {
  return `INSERT INTO job_failures (job_id, fence, attempt, generation, kind, error, worker_id, started_at, failed_at)
    SELECT id, 1, 1, 1, 'failed', error, UNHEX(LEFT(SHA2('worker', 256), 32)), started_at, finished_at FROM jobs WHERE state = 'dead'`;
}

function INSERT_QUEUES(): string {
  return 'INSERT IGNORE INTO queues (name) SELECT DISTINCT queue FROM jobs';
}

/** The books as the transitions would have left them. */
function INSERT_TALLIES(): string {
  const came = `SELECT tenant, queue, 'submit' AS event, '' AS f, 'pending' AS t, COUNT(*) AS n FROM jobs GROUP BY tenant, queue`;
  const left = `SELECT tenant, queue, CASE state WHEN 'running' THEN 'claim' WHEN 'succeeded' THEN 'succeed' WHEN 'dead' THEN 'exhaust'
      WHEN 'cancelled' THEN 'cancel' ELSE 'expire' END, 'pending', state, COUNT(*)
    FROM jobs WHERE state <> 'pending' GROUP BY tenant, queue, state`;
  return `INSERT INTO tallies (tenant, queue, event, from_state, to_state, n) SELECT * FROM (${came} UNION ALL ${left}) AS counted`;
}
