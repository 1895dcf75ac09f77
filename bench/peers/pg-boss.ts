import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { serveConsumer } from '../processes/consuming.ts';
import { handle, noteRecorded, type Payload } from '../processes/observer.ts';
import { serveProducer } from '../processes/producing.ts';

/** pg-boss: `pg-boss.ts producer|consumer`, with POSTGRES_URL, BATCH_SIZE and LANES. */
const [role] = process.argv.slice(2);
const connectionString = process.env['POSTGRES_URL'] ?? '';
const QUEUE = 'bench';
const IDLE_MS = 5;

if (role === 'producer') await produce();
else consume();

async function produce(): Promise<void> {
  const pool = new pg.Pool({ connectionString, max: 2 });
  let boss = await start();
  serveProducer({
    reset: async () => {
      await boss.stop({ graceful: false });
      await pool.query('DROP SCHEMA IF EXISTS pgboss CASCADE');
      boss = await start();
      await boss.createQueue(QUEUE);
    },
    addBulk: async (payloads) => {
      await boss.insert(
        QUEUE,
        payloads.map((data) => ({ data })),
      );
    },
    addOne: async (payload) => {
      await boss.send(QUEUE, payload);
    },
    addAt: async (payload, due) => {
      await boss.sendAfter(QUEUE, payload, null, new Date(due));
    },
    settle: async () => {
      await pool.query('VACUUM ANALYZE');
    },
    remaining: async () => {
      const { rows } = await pool.query<{ n: string }>(
        "SELECT count(*) AS n FROM pgboss.job WHERE state < 'completed'",
      );
      return Number(rows[0]?.n);
    },
  });
}

/** The bare fetch and complete that its documentation has for those who need more than its polling workers give. */
function consume(): void {
  const size = Number(process.env['BATCH_SIZE'] ?? 500);
  const lanes = Number(process.env['LANES'] ?? 1);
  let boss: PgBoss | undefined;
  const lane = async (pgBoss: PgBoss): Promise<never> => {
    for (;;) {
      const jobs = await pgBoss.fetch<Payload>(QUEUE, { batchSize: size });
      if (jobs.length === 0) await pause(IDLE_MS);
      for (const { data } of jobs) handle(data);
      if (jobs.length > 0)
        await pgBoss.complete(
          QUEUE,
          jobs.map(({ id }) => id),
        );
      if (jobs.length > 0) noteRecorded(jobs.length);
    }
  };
  serveConsumer({
    open: async () => {
      boss = await start();
    },
    go: () => {
      if (boss === undefined) throw new Error('not open');
      for (let n = 0; n < lanes; n++) void lane(boss);
    },
  });
}

async function start(): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString, max: 30 });
  boss.on('error', (error) => process.stderr.write(`${String(error)}\n`));
  await boss.start();
  return boss;
}
