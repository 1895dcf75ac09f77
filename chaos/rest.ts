import { setTimeout as pause } from 'node:timers/promises';
import { FINISHED_STATES } from '@holdfast/domain';
import { fromBytes, type Database, type Row } from '@holdfast/persistence';
import { Client } from '../e2e/harness/client.ts';
import { IS_TO_FINISH } from './check/dump.ts';
import type { Observations } from './check/history.ts';
import { TENANTS } from './driver/workload.ts';
import type { System } from './system/system.ts';

/** Faults are over: a lease, a pass and an unbroken lease of contact for what was lost last, backoffs, and two busy cores. */
const STUCK_AFTER_MS = 60_000;
/** What piled up may take longer than that, for as long as it becomes less. */
const FINISHED_WITHIN_MS = 300_000;
const READY_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 250;
const MOST_CONNECTIONS = 12;

/** Waits until all that is due is finished and all programs are well, and writes down what is not. */
export async function observe(
  system: System,
  database: Database,
): Promise<Pick<Observations, 'unfinished' | 'unwell' | 'statistics'>> {
  const unwell = await notReady(system);
  const unfinished = await untilFinished(database);
  // The index lags behind the rows by what is still on its way to it.
  await pause(4_000);
  unwell.push(...(await withoutLease(system, database)), ...(await tooManyConnections(system, database)));
  return { unfinished, unwell, statistics: await statistics(system) };
}

async function untilFinished(database: Database): Promise<string[]> {
  const deadline = performance.now() + FINISHED_WITHIN_MS;
  let fewest = Infinity;
  let stuckAt = deadline;
  for (;;) {
    const rows = await database.rows<Row & { id: Buffer }>(
      `SELECT id FROM jobs WHERE state NOT IN (?) AND ${IS_TO_FINISH}
       UNION ALL SELECT id FROM schedules WHERE next_at IS NOT NULL OR queued_at IS NOT NULL`,
      [FINISHED_STATES],
    );
    if (rows.length < fewest) stuckAt = performance.now() + STUCK_AFTER_MS;
    fewest = Math.min(fewest, rows.length);
    if (rows.length === 0 || performance.now() > Math.min(deadline, stuckAt))
      return rows.map(({ id }) => fromBytes(id));
    await pause(LOOK_EVERY_MS);
  }
}

async function notReady(system: System): Promise<string[]> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const states = await Promise.all(system.slots.map((slot) => isReady(slot.url)));
    const missing = system.slots.filter((_, index) => !states[index]);
    if (missing.length === 0 || performance.now() > deadline) {
      return missing.map(({ name, programs }) => `a ${name} is not ready: ${programs.at(-1)?.logFile ?? ''}`);
    }
    await pause(LOOK_EVERY_MS);
  }
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  return answer?.status === 200;
}

async function withoutLease(system: System, database: Database): Promise<string[]> {
  const rows = await database.rows<Row & { name: string }>(
    'SELECT name FROM workers WHERE lease_until > UTC_TIMESTAMP(6)',
  );
  return system
    .running('worker')
    .flatMap(({ pid, logFile }) =>
      rows.some(({ name }) => name.endsWith(`:${pid}`)) ? [] : [`a worker has no lease: ${logFile}`],
    );
}

async function tooManyConnections(system: System, database: Database): Promise<string[]> {
  const { username, pathname } = new URL(system.ground.database.programsUrl);
  const [row] = await database.rows<Row & { n: number }>(
    'SELECT COUNT(*) AS n FROM information_schema.processlist WHERE user = ? AND db = ?',
    [username, pathname.slice(1)],
  );
  const most = system.slots.length * MOST_CONNECTIONS;
  return row && row.n > most ? [`${row.n} connections to MySQL, where at most ${most} are explained`] : [];
}

async function statistics(system: System): Promise<Observations['statistics']> {
  const [api] = system.running('api');
  const entries = TENANTS.map(async (tenant) => {
    const client = await Client.of(api?.url ?? '', tenant);
    const { status, body } = await client.call<{ jobs: Record<string, number> }>('GET', '/v1/stats');
    if (status !== 200) throw new Error(`GET /v1/stats was answered with ${status}: ${JSON.stringify(body)}`);
    return [tenant, body.jobs] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
