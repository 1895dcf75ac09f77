import { WORKERS } from './jobs.ts';

/** Servers let a recursion go no deeper than 1,000. */
const numbers = (name: string, below: number): string =>
  `${name} (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM ${name} WHERE n < ${below - 1})`;

/** Those that the running jobs name, alive for a day. */
export function employ(): string {
  return `
    INSERT INTO workers (id, name, queues, types, capacity, started_at, lease_until)
    WITH RECURSIVE ${numbers('numbers', WORKERS)}
    SELECT UNHEX(LEFT(SHA2(n, 256), 32)), CONCAT('host-', n), '["*"]', '["echo","email.send","http.request","report.generate"]',
      50, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 DAY
    FROM numbers
    ON DUPLICATE KEY UPDATE lease_until = VALUES(lease_until)`;
}

const OCCURRENCE = `
  INSERT IGNORE INTO occurrences (schedule_id, planned_at, origin, outcome, reason, late_ms, job_id)`;
const outcomeOf = (minute: string): string =>
  `id, UTC_TIMESTAMP() - INTERVAL ${minute} MINUTE, 'tick', IF(${minute} % 3 = 0, 'skipped', 'fired'),
    IF(${minute} % 3 = 0, 'overlap', NULL), 12, IF(${minute} % 3 = 0, NULL, UNHEX(LEFT(SHA2(${minute}, 256), 32)))`;

/** Some ticks of every schedule */
export const TICK = `${OCCURRENCE}
  WITH RECURSIVE ${numbers('minutes', 200)} SELECT ${outcomeOf('n')} FROM schedules JOIN minutes`;

/** Those of a month; values: the name of the schedule */
export const TICK_OFTEN = `${OCCURRENCE}
  WITH RECURSIVE ${numbers('minutes', 200)}, ${numbers('stretches', 200)}
  SELECT ${outcomeOf('(200 * stretches.n + minutes.n)')} FROM schedules JOIN stretches JOIN minutes WHERE schedules.name = ?`;

const BOOKS = {
  'each queue': { queue: 'queue', which: "queue <> ''" },
  'the tenant': { queue: "''", which: "queue = ''" },
} as const;

/** What a busy system has counted in the last two hours. */
export function liven(book: keyof typeof BOOKS): string {
  const { queue, which } = BOOKS[book];
  const span = (name: string, seconds: number, spans: number): string => `
    SELECT DISTINCT tenant, ${queue}, '${name}', UTC_TIMESTAMP() - INTERVAL (UNIX_TIMESTAMP() % ${seconds} + numbers.n * ${seconds}) SECOND, event, 7
    FROM tally_totals JOIN numbers WHERE ${which} AND numbers.n < ${spans}`;
  return `
    INSERT IGNORE INTO tally_slices (tenant, queue, span, starts_at, event, n)
    WITH RECURSIVE ${numbers('numbers', 120)} ${span('minute', 60, 120)} UNION ALL ${span('ten-seconds', 10, 12)}`;
}
