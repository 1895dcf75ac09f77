const MONTH_SECONDS = 30 * 86_400;

/** Who asks in vain for what others have in plenty: its ready and its succeeded jobs are few and old, the rest is scheduled. */
export const LATECOMER = 'latecomer';
/** Slots that are taken belong to these. */
export const WORKERS = 20;

/**
 * Jobs as a system has them after a month: several tenants, queues and types, most succeeded, a tenth scheduled, the newest
 * waiting, some dead. What a job is like follows from its number, so two fills differ in nothing but their times.
 * k is the number, h and g are what it draws by chance. values: first, chunk, rest
 *
 * @param total how many there will be
 */
export function insertJobs(total: number): string {
  const created = `UTC_TIMESTAMP(6) - INTERVAL ${MONTH_SECONDS} * (${total} - k) / ${total} SECOND`;
  const drawn = `
      SELECT k, h, g, ${created} AS created, k > ${total} * 0.94 AS newest, ${TENANT} AS tenant, ${QUEUE} AS queue, ${TYPE} AS type
      FROM (SELECT k, CRC32(CONCAT('h', k)) AS h, CRC32(CONCAT('g', k)) AS g
        FROM (SELECT n + ? AS k FROM numbers WHERE n < ? AND n < ?) AS numbered) AS chances`;
  return `
    INSERT INTO jobs (id, tenant, queue, type, state, priority, run_at, deadline, attempt, fence, worker_id, created_at,
      started_at, finished_at, payload, tags, result, error, concurrency_key)
    SELECT ${ID}, tenant, queue, type, state, IF(h % 20 = 0, 10, IF(h % 21 = 0, 5, 0)), ${RUN_AT},
      IF(state = 'pending' AND NOT isDue AND h % 50 = 0, ${RUN_AT} + INTERVAL 1 DAY, NULL),
      wasClaimed, wasClaimed, IF(state = 'running', UNHEX(LEFT(SHA2(h % ${WORKERS}, 256), 32)), NULL), created,
      IF(wasClaimed, created + INTERVAL h % 60 SECOND, NULL),
      IF(state IN ('succeeded', 'dead', 'cancelled', 'expired'), created + INTERVAL 60 + h % 600 SECOND, NULL),
      CONCAT('{"number":', k, ',"text":"hello world, this is a payload of usual size"}'),
      IF(h % 5 = 0, CONCAT('["tag-', g % 50, '"]'), IF(k % 50000 = 7, '["rare"]', NULL)),
      IF(state = 'succeeded', CONCAT('{"number":', k, '}'), NULL),
      IF(state = 'dead', '{"name":"Error","message":"no such customer"}', NULL),
      IF(h % 40 = 1, CONCAT('customer-', g % 500), NULL)
    FROM (SELECT moved.*, state IN ('running', 'succeeded', 'dead') AS wasClaimed,
        IF(tenant = '${LATECOMER}', k % 20000 = 77 AND k < ${total} / 2, newest) AS isDue
      FROM (SELECT drawn.*, ${stateOf(total)} AS state FROM (${drawn}) AS drawn) AS moved) AS made
    ORDER BY k`;
}

const ID = `UNHEX(CONCAT(LPAD(HEX(FLOOR(UNIX_TIMESTAMP(created) * 1000)), 12, '0'),
        '7', SUBSTR(SHA2(k, 256), 1, 3), '8', SUBSTR(SHA2(k, 256), 4, 15)))`;
const RUN_AT = `IF(state = 'pending' AND NOT isDue, UTC_TIMESTAMP(6) + INTERVAL 7200 + g % 2592000 SECOND, created)`;

const TENANT = `CASE WHEN k % 100 = 77 THEN '${LATECOMER}' WHEN h % 100 < 60 THEN 'default' WHEN h % 100 < 90 THEN 'acme'
        ELSE CONCAT('tenant-', h % 7) END`;
const QUEUE = `CASE WHEN k % 50000 = 3 THEN 'rare' WHEN g % 97 < 58 THEN 'default' WHEN g % 97 < 78 THEN 'mail'
        WHEN g % 97 < 88 THEN 'reports' ELSE CONCAT('queue-', g % 30) END`;
const TYPE = `CASE WHEN k % 50000 = 5 THEN 'rare.type' WHEN g % 89 < 45 THEN 'echo' WHEN g % 89 < 67 THEN 'email.send'
        WHEN g % 89 < 80 THEN 'http.request' ELSE 'report.generate' END`;

function stateOf(total: number): string {
  return `CASE WHEN tenant = '${LATECOMER}' THEN IF(k < ${total} * 0.02, 'succeeded', 'pending')
        WHEN newest AND h % 150 = 0 AND k % 2 = 0 THEN 'running' WHEN newest THEN 'pending'
        WHEN g % 1000 < 105 THEN 'pending' WHEN g % 1000 < 125 THEN 'dead' WHEN g % 1000 < 135 THEN 'cancelled'
        WHEN g % 1000 < 140 THEN 'expired' WHEN g % 1000 < 142 THEN 'blocked' ELSE 'succeeded' END`;
}
