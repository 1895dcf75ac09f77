import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Row } from '@holdfast/persistence';
import { runCommand } from '../../tools/setup/lifetime.ts';
import { submitAtRate } from '../outages/load.ts';
import { percentile } from '../statistics.ts';
import { fill } from './fill.ts';
import { serversFor } from './ground.ts';
import { System } from './system.ts';

/**
 * Whether pruning disturbs anybody: jobs are submitted at an even rate and worked off, first beside a scheduler that keeps
 * everything, then beside one that prunes as fast as it may.
 *
 *   node bench/reading/prune.ts [--rows 10000000] [--rate 200] [--seconds 60] [--url mysql://… --redis redis://…]
 *
 * Ends with 1 if a statement waited for a row lock for longer than 100 ms. The server counts since it was started, and
 * counts whoever uses it.
 */
const OPTIONS = {
  rows: { type: 'string', default: '10000000' },
  rate: { type: 'string', default: '200' },
  seconds: { type: 'string', default: '60' },
  url: { type: 'string' },
  redis: { type: 'string' },
} as const;
const MOST_MS = 100;
const FINISHED = ['SUCCEEDED', 'CANCELLED', 'EXPIRED', 'DEAD'];
const kept = (time: string): Record<string, string> =>
  Object.fromEntries(FINISHED.map((state) => [`RETENTION_${state}`, time]));

const EVENTS = `
  SELECT event, SUM(n) AS n FROM (
    SELECT event, n FROM tallies UNION ALL SELECT event, n FROM tally_totals WHERE queue <> '') AS books
  WHERE event IN ('prune', 'claim') GROUP BY event`;

await runCommand(async (lifetime) => {
  const { rows, rate, seconds, ...given } = parseArgs({ options: OPTIONS }).values;
  const tell = (line: string): void => void process.stdout.write(`  ${line}\n`);
  const servers = await serversFor(given, lifetime);
  await fill(servers.databaseUrl, Number(rows), tell);
  const system = await System.start({ ...servers, programs: ['api', 'worker'], settings: {} }, lifetime);
  const load = { rate: Number(rate), seconds: Number(seconds) };
  const without = await disturbed(system, load, kept('never'));
  tell(`keeping everything  ${without.told}`);
  const beside = await disturbed(system, load, kept('1h'));
  tell(`pruning             ${beside.told}`);
  return beside.longestWaitMs > MOST_MS ? 1 : 0;
});

async function disturbed(
  system: System,
  load: { readonly rate: number; readonly seconds: number },
  settings: Record<string, string>,
): Promise<{ told: string; longestWaitMs: number }> {
  await system.add('scheduler', settings);
  const before = await standing(system);
  const { took, refused } = await submitAtRate(await system.client(), load);
  const after = await standing(system);
  await system.stop(['scheduler']);
  await pause(1_000);
  const share = (part: number): string => percentile(took, part).toFixed(0);
  const told = [
    `${((after.pruned - before.pruned) / load.seconds).toFixed(0)} pruned/s`,
    `${((after.started - before.started) / load.seconds).toFixed(0)} started/s`,
    `answers within ${share(0.5)} ms (50 %), ${share(0.99)} ms (99 %), refused ${JSON.stringify(refused)}`,
    `waits for row locks ${after.waits - before.waits}, ${after.waitedMs - before.waitedMs} ms in all, longest so far ${after.longestMs} ms`,
  ].join('; ');
  return { told, longestWaitMs: after.longestMs };
}

interface Standing {
  readonly pruned: number;
  readonly started: number;
  readonly waits: number;
  readonly waitedMs: number;
  readonly longestMs: number;
}

async function standing({ database }: System): Promise<Standing> {
  const status = await database.rows<Row & { Variable_name: string; Value: string }>(
    "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock%'",
  );
  const of = (name: string): number =>
    Number(status.find(({ Variable_name }) => Variable_name === `Innodb_row_lock_${name}`)?.Value ?? NaN);
  const events = await database.rows<Row & { event: string; n: string }>(EVENTS);
  const happened = (event: string): number => Number(events.find((each) => each.event === event)?.n ?? 0);
  return {
    pruned: happened('prune'),
    started: happened('claim'),
    waits: of('waits'),
    waitedMs: of('time'),
    longestMs: of('time_max'),
  };
}
