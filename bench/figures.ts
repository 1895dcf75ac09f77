import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Row } from '@holdfast/persistence';
import { Cluster } from '../e2e/harness/cluster.ts';
import { WITH_TRIAL_HANDLERS } from '../e2e/harness/program.ts';
import { until } from '../e2e/harness/until.ts';

/**
 * The figures that docs/guarantees.md quotes, measured on real processes: how late jobs start, how fast they go through,
 * and what an idle system costs. Wants TEST_DATABASE_URL and TEST_REDIS_URL, and nothing else running.
 */
const IDLE_SECONDS = 20;
const TICKS_PER_SECOND = 100;

/** When the handler was called, by its own clock, which is also MySQL's; counted to the end of the millisecond. */
const LATENESS = "JSON_VALUE(result, '$.at') + 1 - UNIX_TIMESTAMP(run_at) * 1e3";
const WAITING = 'TIMESTAMPDIFF(MICROSECOND, created_at, started_at) / 1e3';

const cluster = await Cluster.start({ workers: 0, settings: { LOG_LEVEL: 'info' } });
try {
  await cluster.add('worker', 1, {}, WITH_TRIAL_HANDLERS);
  await warmUp();
  await measureIdle();
  await measureLateness();
  await measurePickUp();
  await measureThroughput();
} finally {
  await cluster.stop();
}

/** Statements that nobody asked for, and the processor time of each program. */
async function measureIdle(): Promise<void> {
  const names = ['api', 'scheduler', 'worker'] as const;
  const before = { questions: await questions(), ticks: names.map(ticksOf) };
  await pause(IDLE_SECONDS * 1_000);
  const after = { questions: await questions(), ticks: names.map(ticksOf) };
  const perSecond = (after.questions - before.questions - 1) / IDLE_SECONDS;
  report('idle: statements a second', perSecond.toFixed(2));
  names.forEach((name, index) => {
    const ticks = (after.ticks[index] ?? 0) - (before.ticks[index] ?? 0);
    report(`idle: ${name}, share of a core`, `${((ticks / TICKS_PER_SECOND / IDLE_SECONDS) * 100).toFixed(2)} %`);
  });
}

async function measureLateness(): Promise<void> {
  const due = (): string => new Date(Date.now() + 1_000 + Math.random() * 5_000).toISOString();
  await cluster.client.submitBatch(
    Array.from({ length: 1_000 }, () => ({ type: 'trial.clock', queue: 'late', runAt: due() })),
  );
  await untilDone('late', 1_000);
  await reportSpread('a delayed job starts after its time', 'late', LATENESS);
}

async function measurePickUp(): Promise<void> {
  for (let n = 0; n < 500; n++) {
    await cluster.client.submit({ type: 'echo', queue: 'lone' });
    await pause(5);
  }
  await untilDone('lone', 500);
  await reportSpread('a lone job starts after its submission', 'lone', WAITING);
}

async function measureThroughput(): Promise<void> {
  const startedAt = performance.now();
  for (let call = 0; call < 20; call++) {
    await cluster.client.submitBatch(
      Array.from({ length: 1_000 }, (_, n) => ({ type: 'echo', queue: 'many', payload: { n } })),
    );
  }
  const submittedAt = performance.now();
  await untilDone('many', 20_000);
  report('batches of 1,000 over HTTP, jobs a second', (20_000 / ((submittedAt - startedAt) / 1_000)).toFixed(0));
  report('through to recorded success, jobs a second', (20_000 / ((performance.now() - startedAt) / 1_000)).toFixed(0));
}

async function warmUp(): Promise<void> {
  await cluster.client.submit({ type: 'trial.clock', queue: 'late' });
  for (const queue of ['lone', 'many', 'warm']) await cluster.client.submit({ type: 'echo', queue });
  const ids = await cluster.client.submitBatch(Array.from({ length: 500 }, () => ({ type: 'echo', queue: 'warm' })));
  for (const id of ids) await cluster.client.untilFinished(id);
}

async function untilDone(queue: string, n: number): Promise<void> {
  const done = async (): Promise<boolean> =>
    (await count(`SELECT COUNT(*) AS n FROM jobs WHERE queue = '${queue}' AND state = 'succeeded'`)) >= n;
  await until(`${n} jobs of ${queue} succeeded`, done, 120_000);
}

async function reportSpread(what: string, queue: string, milliseconds: string): Promise<void> {
  const rows = await cluster.database.rows<Row & { late: number | string }>(
    `SELECT ${milliseconds} AS late FROM jobs WHERE queue = '${queue}' ORDER BY late`,
  );
  const late = rows.map((row) => Number(row.late));
  const at = (share: number): string => `${(late[Math.floor((late.length - 1) * share)] ?? NaN).toFixed(1)} ms`;
  report(what, `earliest ${at(0)}, half within ${at(0.5)}, 99 % within ${at(0.99)}, latest ${at(1)}`);
}

async function questions(): Promise<number> {
  const [row] = await cluster.database.rows<Row & { Value: string }>("SHOW GLOBAL STATUS LIKE 'Questions'");
  return Number(row?.Value);
}

async function count(statement: string): Promise<number> {
  const [row] = await cluster.database.rows<Row & { n: number }>(statement);
  return row?.n ?? 0;
}

/** User and system time of a program so far, in ticks; Linux only. */
function ticksOf(name: 'api' | 'scheduler' | 'worker'): number {
  const pid = cluster.running(name)[0]?.pid ?? 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function report(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(48)} ${figure}\n`);
}
