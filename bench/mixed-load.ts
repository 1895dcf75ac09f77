/**
 * Counts the errors of MySQL that are tried again under a mix of everything: node bench/mixed-load.ts MINUTES, with
 * TEST_DATABASE_URL and TEST_REDIS_URL naming throw-away servers and the programs built.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Row } from '@holdfast/persistence';
import { Cluster } from '../e2e/harness/cluster.ts';
import type { Program } from '../e2e/harness/program.ts';

const WORKERS = 3;
const KILL_EVERY_MS = 60_000;

const minutes = Number(process.argv[2] ?? 10);
const cluster = await Cluster.start({
  workers: WORKERS,
  schedulers: 2,
  settings: { LOG_LEVEL: 'info', LEASE_TTL: '10s' },
});
const deadline = Date.now() + minutes * 60_000;
const recent: string[] = [];
const calls = new Map<string, number>();
const programs: Program[] = [...cluster.running('api'), ...cluster.running('scheduler'), ...cluster.running('worker')];

const remember = (ids: readonly string[]): void => {
  recent.push(...ids);
  recent.splice(0, Math.max(0, recent.length - 5_000));
};
const anyOf = <T>(choices: readonly T[]): T => choices[Math.floor(Math.random() * choices.length)] as T;
/** One in twenty is of a type that nobody knows, and expires. */
const jobOf = (): object =>
  Math.random() < 0.05 ? { type: 'unknown', deadline: new Date(Date.now() + 2_000).toISOString() } : worthyJob();
const worthyJob = (): object => ({
  ...anyOf([
    { type: 'echo' },
    { type: 'fail' },
    { type: 'flaky', payload: { failures: 1 } },
    { type: 'sleep', payload: { duration: '20ms' } },
  ]),
  queue: anyOf(['default', 'mail', 'reports']),
  priority: anyOf([0, 5, 10]),
  delay: anyOf(['0s', '0s', '500ms', '5s']),
  maxAttempts: 3,
  backoff: { strategy: 'fixed', delay: '200ms' },
  tags: ['mixed'],
});

async function call(name: string, work: () => Promise<{ status: number }>): Promise<void> {
  const status = await work().then(
    (answer) => answer.status,
    () => 0,
  );
  calls.set(`${name} ${status}`, (calls.get(`${name} ${status}`) ?? 0) + 1);
}

async function submit(): Promise<void> {
  while (Date.now() < deadline) {
    await call('submit', async () => {
      const answer = await cluster.client.call<{ id?: string }>('POST', '/v1/jobs', jobOf());
      if (answer.body.id !== undefined) remember([answer.body.id]);
      return answer;
    });
    await pause(20);
  }
}

async function submitBatches(): Promise<void> {
  while (Date.now() < deadline) {
    await call('batch', async () => {
      const jobs = Array.from({ length: 200 }, jobOf);
      const answer = await cluster.client.call<{ items?: { id: string }[] }>('POST', '/v1/jobs/batch', { jobs });
      remember((answer.body.items ?? []).map(({ id }) => id));
      return answer;
    });
    await pause(300);
  }
}

async function operate(verb: 'cancel' | 'retry'): Promise<void> {
  while (Date.now() < deadline) {
    const id = anyOf(recent) as string | undefined;
    if (id !== undefined) await call(verb, () => cluster.client.call('POST', `/v1/jobs/${id}/${verb}`));
    await pause(15);
  }
}

async function killWorkers(): Promise<void> {
  while (Date.now() + KILL_EVERY_MS < deadline) {
    await pause(KILL_EVERY_MS);
    await cluster.running('worker')[0]?.kill();
    programs.push(...(await cluster.add('worker')));
  }
}

await Promise.all([submit(), submit(), submitBatches(), operate('cancel'), operate('retry'), killWorkers()]);
const errors = new Map<string, number>();
for (const program of programs) {
  for (const { msg, code, statement } of program.log()) {
    if (msg !== 'tried again after an error of MySQL') continue;
    const key = `${program.name}: ${String(code)} at ${String(statement)}`;
    errors.set(key, (errors.get(key) ?? 0) + 1);
  }
}
const tallies = await cluster.database.rows<Row>(
  `SELECT event, SUM(n) AS n FROM (
    SELECT event, n FROM tally_totals WHERE queue = '' UNION ALL SELECT event, n FROM tallies) AS books
  GROUP BY event ORDER BY event`,
);
process.stdout.write(
  `${JSON.stringify({ minutes, transitions: tallies, calls: [...calls].sort(), errors: [...errors].sort() }, undefined, 1)}\n`,
);
await cluster.stop();
