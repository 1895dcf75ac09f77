/** Which part of the books: all queues of a tenant together, which are kept under an empty name, or queues by name. */
interface Scope {
  /** values: tenant, and the queues by name if there are any */
  readonly summed: string;
  readonly counted: string;
  readonly queue: string;
  /** Indexes by which its due times and what is not yet added up are found. */
  readonly dues: string;
  readonly tallies: string;
}

const BY_TENANT = { dues: '', tallies: 'FORCE INDEX (by_tenant)' };

const OF_TENANT: Scope = { ...BY_TENANT, summed: "tenant = ? AND queue = ''", counted: 'tenant = ?', queue: "''" };
const OF_QUEUES: Scope = {
  ...BY_TENANT,
  summed: 'tenant = ? AND queue IN (?)',
  counted: 'tenant = ? AND queue IN (?)',
  queue: 'queue',
};
/** Every queue, whosever jobs are in it: a few rows for each tenant and queue. */
const OF_EVERYBODY: Scope = {
  summed: "queue > ''",
  counted: "queue > ''",
  queue: 'queue',
  dues: 'FORCE INDEX (by_age)',
  tallies: '',
};

const SECOND = 'UTC_TIMESTAMP()';
const MINUTE = "CAST(DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%d %H:%i:00') AS DATETIME)";
const HOUR = "CAST(DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%d %H:00:00') AS DATETIME)";
const DAY = 'CAST(UTC_DATE() AS DATETIME)';

/** The later days as days, the rest of today in hours, the rest of this hour in minutes, and so on: few rows, whatever lies ahead. */
const AHEAD = [
  `span = 'day' AND due_at > ${DAY}`,
  `span = 'hour' AND due_at > ${HOUR} AND due_at < ${DAY} + INTERVAL 1 DAY`,
  `span = 'minute' AND due_at > ${MINUTE} AND due_at < ${HOUR} + INTERVAL 1 HOUR`,
  `span = 'second' AND due_at > ${SECOND} AND due_at < ${MINUTE} + INTERVAL 1 MINUTE`,
];

/** What was added up and what was not yet, in one statement and so at one moment; values: those of the scope, seven times */
function balanceOf({ summed, counted, queue, dues, tallies }: Scope): string {
  const transitions = 'event, from_state, to_state, n';
  const scheduled = "'scheduled', '', ''";
  const notYetSummed = `FROM tallies ${tallies} WHERE ${counted}`;
  const parts = [
    `SELECT queue, ${transitions} FROM tally_totals WHERE ${summed}`,
    `SELECT ${queue}, ${transitions} ${notYetSummed}`,
    ...AHEAD.map(
      (ahead) =>
        `SELECT queue, ${scheduled}, SUM(n) FROM tally_dues ${dues} WHERE ${summed} AND ${ahead} GROUP BY queue`,
    ),
    `SELECT ${queue}, ${scheduled}, CAST(n AS SIGNED) * (COALESCE(to_due_at > ${SECOND}, 0) - COALESCE(from_due_at > ${SECOND}, 0)) ${notYetSummed}`,
  ];
  return `
    SELECT queue, event, from_state AS fromState, to_state AS toState, SUM(n) AS n
    FROM (${parts.join('\n      UNION ALL ')}) AS books GROUP BY queue, event, from_state, to_state`;
}

/** How often each transition ever happened, and as the event \`scheduled\` how many jobs are put off */
export const BALANCE_OF_TENANT = balanceOf(OF_TENANT);
export const BALANCE_OF_QUEUES = balanceOf(OF_QUEUES);
/** By queue, over all tenants */
export const BALANCE_OF_EVERYBODY = balanceOf(OF_EVERYBODY);
export const BALANCE_PARTS = 3 + AHEAD.length;

/** values: those of the scope, seconds; the same again */
function recentOf({ summed, counted, tallies }: Scope): string {
  return `
    SELECT event, SUM(n) AS n FROM (
      SELECT event, n FROM tally_slices
      WHERE ${summed} AND span = 'ten-seconds' AND starts_at >= UTC_TIMESTAMP() - INTERVAL ? SECOND
      UNION ALL
      SELECT event, n FROM tallies ${tallies}
      WHERE ${counted} AND counted_at >= UTC_TIMESTAMP() - INTERVAL ? SECOND) AS recent
    GROUP BY event`;
}

/** values: those of the scope, seconds; the same again */
function minutesOf({ summed, counted, tallies }: Scope): string {
  return `
    SELECT startsAt, event, SUM(n) AS n FROM (
      SELECT starts_at AS startsAt, event, n FROM tally_slices
      WHERE ${summed} AND span = 'minute' AND starts_at >= ${MINUTE} - INTERVAL ? SECOND
      UNION ALL
      SELECT CAST(DATE_FORMAT(counted_at, '%Y-%m-%d %H:%i:00') AS DATETIME), event, n FROM tallies ${tallies}
      WHERE ${counted} AND counted_at >= ${MINUTE} - INTERVAL ? SECOND) AS minutes
    GROUP BY startsAt, event`;
}

/** How often each event happened in the last seconds, to ten seconds */
export const RECENT_OF_TENANT = recentOf(OF_TENANT);
export const RECENT_OF_QUEUES = recentOf(OF_QUEUES);

/** How often each event happened in each of the last minutes */
export const MINUTES_OF_TENANT = minutesOf(OF_TENANT);
export const MINUTES_OF_QUEUES = minutesOf(OF_QUEUES);

/** Queues that ever had a job, by name; values: tenant, after, limit; the same again; limit */
export const SELECT_QUEUES_OF_TENANT = `
  (SELECT DISTINCT queue FROM tally_totals WHERE tenant = ? AND queue > ? ORDER BY queue LIMIT ?)
  UNION
  (SELECT DISTINCT queue FROM tallies FORCE INDEX (by_tenant) WHERE tenant = ? AND queue > ? ORDER BY queue LIMIT ?)
  ORDER BY queue LIMIT ?`;
