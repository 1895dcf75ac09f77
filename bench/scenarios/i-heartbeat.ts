import { setTimeout as pause } from 'node:timers/promises';
import type { Row } from '@holdfast/persistence';
import { until } from '../../e2e/harness/until.ts';
import { Client } from '../../e2e/harness/client.ts';
import { QUEUE, System } from '../holdfast/system.ts';
import type { Contender, MakeScenario, Reading } from '../scenario.ts';
import { sizeOf } from '../sizes.ts';

const RUNNING = [10, 1_000, 10_000] as const;
const RENEW_MS = 1_000;

/** What it costs a worker to say that it lives, however many jobs it holds. */
export const heartbeat: MakeScenario = (ground, options) => {
  const watchMs = sizeOf(options, { usual: 15_000, quick: 5_000 });
  const contender = (running: number): Contender => ({
    name: `${running.toLocaleString('en')} running`,
    setUp: `one worker, heartbeat every ${RENEW_MS} ms`,
    measure: async () => {
      const redis = await ground.redis('none');
      const system = await System.start(ground, { redis, programs: ['api'], settings: { LEASE_TTL: '3s' } });
      try {
        return await watch(system, running, watchMs);
      } finally {
        await system.stop();
      }
    },
  });
  const most = `${RUNNING[2].toLocaleString('en')} running`;
  return {
    letter: 'i',
    title: 'Cost of a heartbeat',
    measures: [
      { name: 'statements a heartbeat', unit: '', better: 'less' },
      { name: 'all statements of the worker', unit: 'a second', better: 'less' },
    ],
    contenders: RUNNING.map(contender),
    goals: [{ measure: 'statements a heartbeat', contender: most, against: `${RUNNING[0]} running`, reach: 1 }],
    notes: [
      "Counted in MariaDB's general log: all statements on the connection that renews the lease, for each renewal; only the worker runs.",
    ],
  };
};

async function watch(system: System, running: number, watchMs: number): Promise<Reading> {
  const api = await Client.of(system.url('api'));
  const job = { type: 'sleep', queue: QUEUE, payload: { duration: '1h' }, timeout: '2h' };
  for (let n = 0; n < running; n += 1_000) {
    await api.submitBatch(Array.from({ length: Math.min(1_000, running - n) }, () => job));
  }
  const [worker] = await system.addWorkers(1, { WORKER_CONCURRENCY: '10000' });
  await worker?.call('go');
  const held = `SELECT COUNT(*) AS n FROM jobs WHERE state = 'running'`;
  await until(`${running} jobs run`, async () => (await system.number(held)) === running, 60_000);
  await system.program('api').stop();
  await pause(2_000);
  const reading = await countStatements(system, watchMs);
  // It would wait for its sleepers, and then hand ten thousand of them back.
  await worker?.stop(0);
  return reading;
}

async function countStatements({ database }: System, watchMs: number): Promise<Reading> {
  await database.change("SET GLOBAL log_output = 'TABLE'");
  await database.change('TRUNCATE TABLE mysql.general_log');
  await database.change('SET GLOBAL general_log = ON');
  await pause(watchMs);
  await database.change('SET GLOBAL general_log = OFF');
  const rows = await database.rows<Row & { thread_id: number; statement: string }>(
    "SELECT thread_id, CONVERT(argument USING utf8mb4) AS statement FROM mysql.general_log WHERE command_type = 'Query'",
  );
  const ownThreads = new Set(
    rows.filter(({ statement }) => /general_log/i.test(statement)).map((row) => row.thread_id),
  );
  const ofWorker = rows.filter(({ thread_id: thread }) => !ownThreads.has(thread));
  const renewals = ofWorker.filter(({ statement }) => /UPDATE\s+workers\s+SET\s+lease_until/i.test(statement));
  const leaseThreads = new Set(renewals.map((row) => row.thread_id));
  const onThem = ofWorker.filter(({ thread_id: thread }) => leaseThreads.has(thread));
  return {
    'statements a heartbeat': Math.round(onThem.length / renewals.length),
    'all statements of the worker': ofWorker.length / (watchMs / 1_000),
  };
}
