import { Logger, makeWorkerUtils, run, runMigrations, type RunnerOptions } from 'graphile-worker';
import pg from 'pg';
import { serveConsumer } from '../processes/consuming.ts';
import { handle, type Payload } from '../processes/observer.ts';
import { serveProducer } from '../processes/producing.ts';

/** graphile-worker: `graphile-worker.ts producer|consumer`, with POSTGRES_URL, CONCURRENCY and, if any, LOCAL_QUEUE. */
const [role] = process.argv.slice(2);
const concurrency = Number(process.env['CONCURRENCY'] ?? 24);
const localQueue = Number(process.env['LOCAL_QUEUE'] ?? 0);
const pgPool = new pg.Pool({ connectionString: process.env['POSTGRES_URL'], max: Math.max(30, concurrency + 6) });
const logger = new Logger(() => () => undefined);

if (role === 'producer') await produce();
else consume();

async function produce(): Promise<void> {
  const reset = async (): Promise<void> => {
    await pgPool.query('DROP SCHEMA IF EXISTS graphile_worker CASCADE');
    await runMigrations({ pgPool, logger });
  };
  await runMigrations({ pgPool, logger });
  const utils = await makeWorkerUtils({ pgPool, logger });
  serveProducer({
    reset,
    addBulk: async (payloads) => {
      await utils.addJobs(payloads.map((payload) => ({ identifier: 'noop', payload })));
    },
    addOne: async (payload) => {
      await utils.addJob('noop', payload);
    },
    addAt: async (payload, due) => {
      await utils.addJob('noop', payload, { runAt: new Date(due) });
    },
    settle: async () => {
      await pgPool.query('VACUUM ANALYZE graphile_worker._private_jobs');
    },
    remaining: async () => {
      const { rows } = await pgPool.query<{ n: string }>('SELECT count(*) AS n FROM graphile_worker._private_jobs');
      return Number(rows[0]?.n);
    },
  });
}

function consume(): void {
  // As https://worker.graphile.org/docs/performance#batching advises.
  const batching = { localQueue: { size: localQueue }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
  const options: RunnerOptions = {
    pgPool,
    logger,
    concurrency,
    noHandleSignals: true,
    taskList: { noop: (payload) => Promise.resolve(handle(payload as Payload)) },
    ...(localQueue > 0 ? { preset: { worker: batching } } : {}),
  };
  serveConsumer({
    open: async () => {
      await pgPool.query('SELECT 1');
    },
    go: async () => {
      await run(options);
    },
  });
}
