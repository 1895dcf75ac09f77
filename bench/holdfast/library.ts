import type { NewJob, QueuePolicy } from '@holdfast/domain';
import {
  Database,
  DATABASE_DEFAULTS,
  JobSubmissionStore,
  QueuePolicyStore,
  QueueStore,
  type Row,
  StoreClock,
} from '@holdfast/persistence';
import { IndexUpkeep, READY_INDEX_DEFAULTS, RedisLink, RedisReadyIndex } from '@holdfast/queue';
import { v7 as uuidv7 } from 'uuid';
import type { Payload } from '../processes/observer.ts';
import { serveProducer } from '../processes/producing.ts';

/**
 * The libraries that the API uses, in a process of their own: MySQL first, then the index. With DATABASE_URL, REDIS_URL,
 * REDIS_PREFIX, QUEUE and TYPE; KEYS is how many concurrency keys the jobs have in turn, POLICY the limits of the queue. A
 * batch is acknowledged when it is committed, while the index is still told, as in the API; a run ends when all was told.
 */
const queue = process.env['QUEUE'] ?? 'bench';
const type = process.env['TYPE'] ?? 'noop';
const keys = Number(process.env['KEYS'] ?? 0);
const policy = process.env['POLICY'];
const database = new Database({ ...DATABASE_DEFAULTS, url: process.env['DATABASE_URL'] ?? '' });
const clock = new StoreClock(database);
await clock.start();
const prefix = process.env['REDIS_PREFIX'] ?? '';
const link = new RedisLink({ url: process.env['REDIS_URL'], prefix });
const index = new RedisReadyIndex(link, { ...READY_INDEX_DEFAULTS, prefix }, clock);
const upkeep = new IndexUpkeep(link, { ...READY_INDEX_DEFAULTS, prefix }, clock);
await link.connected(1_000);
const store = new JobSubmissionStore(database);
const telling = new Set<Promise<void>>();

serveProducer({
  reset: async () => {
    await new QueueStore(database).create([queue]);
    if (policy !== undefined)
      await new QueuePolicyStore(database).change('default', queue, () => JSON.parse(policy) as QueuePolicy);
    await upkeep.create(queue, policy === undefined ? 0 : 1).catch(() => undefined);
  },
  addBulk: (payloads) => {
    const now = clock.now();
    return submit(payloads.map((payload) => newJob(payload, now, now)));
  },
  addOne: (payload) => submit([newJob(payload, clock.now(), clock.now())]),
  addAt: (payload, due) => submit([newJob(payload, due, clock.now())]),
  finish: async () => {
    await Promise.all(telling);
  },
  remaining: async () => {
    const [row] = await database.rows<Row & { n: number }>(
      "SELECT COUNT(*) AS n FROM jobs WHERE state IN ('pending', 'running') AND queue = ?",
      [queue],
    );
    return row?.n ?? NaN;
  },
});

async function submit(jobs: readonly NewJob[]): Promise<void> {
  const [taken] = await store.insert([jobs]);
  if (taken !== undefined) throw new Error(`ids taken: ${taken.length}`);
  tell(jobs);
}

/** Where Redis is away the index is not told, as in the API. */
function tell(jobs: readonly NewJob[]): void {
  const told = index
    .add(jobs)
    .catch(() => undefined)
    .finally(() => telling.delete(told));
  telling.add(told);
}

function newJob(payload: Payload, runAt: number, now: number): NewJob {
  return {
    id: uuidv7(),
    tenant: 'default',
    queue,
    type,
    payload: JSON.stringify(payload),
    priority: 0,
    runAt,
    deadline: undefined,
    timeoutMs: 30_000,
    maxAttempts: 5,
    backoff: { strategy: 'exponential', delayMs: 1_000, maxDelayMs: 3_600_000, jitter: 0.1 },
    tags: [],
    createdAt: now,
    ...(keys > 0 && { concurrencyKey: `key-${payload.i % keys}` }),
  };
}
