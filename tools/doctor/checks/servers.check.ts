import type { ServerLoad, ServerReport } from '@holdfast/persistence';
import type { IndexServer } from '@holdfast/queue';
import { type Finding, finding } from '../finding.ts';

const SKEW_MS = 1_000;
const HISTORY = 1_000_000;

export function checkDatabaseServer({ faults, warnings }: ServerReport): Finding[] {
  return [
    ...faults.map((what) =>
      finding('error', 'mysql', what, 'No program starts on it: correct the setting or the server.'),
    ),
    ...warnings.map((what) => finding('warning', 'mysql', what, 'Decide with whoever runs the database.')),
  ];
}

export function checkDatabaseLoad(load: ServerLoad, maxConnections: number): Finding[] {
  const { longTransactions = [], historyLength = 0, connections = 0 } = load;
  const found = longTransactions.map(({ connection, seconds, locked }) =>
    finding(
      'warning',
      'transactions',
      `Connection ${connection} has had a transaction open for ${seconds} s, holding ${locked} row locks.`,
      `End it, or KILL ${connection}: while it is open nothing is purged, and what it locks waits.`,
    ),
  );
  if (historyLength > HISTORY)
    found.push(
      finding(
        'warning',
        'transactions',
        `MySQL has ${historyLength} old row versions to purge.`,
        'Look for long transactions, here and on replicas.',
      ),
    );
  if (connections > 0.8 * maxConnections)
    found.push(
      finding(
        'warning',
        'connections',
        `${connections} of ${maxConnections} connections to MySQL are in use.`,
        'Raise max_connections, or lower DATABASE_CONNECTIONS.',
      ),
    );
  return found;
}

/** @param facts undefined when Redis does not answer */
export function checkRedisServer(facts: IndexServer | undefined): Finding[] {
  if (facts === undefined)
    return [
      finding(
        'error',
        'redis',
        'Redis does not answer: jobs are claimed from MySQL, slower.',
        'Start it, or correct REDIS_URL.',
      ),
    ];
  const found: Finding[] = [];
  if (Number.parseInt(facts.version, 10) < 7)
    found.push(
      finding('error', 'redis', `Redis is version ${facts.version}; Holdfast needs 7.0 or later.`, 'Upgrade it.'),
    );
  if (facts.policy !== 'noeviction')
    found.push(
      finding(
        'warning',
        'redis',
        `Redis evicts keys (maxmemory-policy ${facts.policy}): the index may be lost at any time, and is rebuilt each time.`,
        'Set maxmemory-policy noeviction.',
      ),
    );
  if (facts.usedShare !== undefined && facts.usedShare > 0.9)
    found.push(
      finding(
        'warning',
        'redis',
        `Redis uses ${Math.round(facts.usedShare * 100)} % of its maxmemory.`,
        'Raise maxmemory: a job takes about 130 bytes.',
      ),
    );
  if (Math.abs(facts.skewMs) > SKEW_MS)
    found.push(
      finding(
        'warning',
        'clocks',
        `Redis's clock differs from this machine's by ${facts.skewMs} ms.`,
        'Nothing depends on it, but run NTP everywhere.',
      ),
    );
  return found;
}
