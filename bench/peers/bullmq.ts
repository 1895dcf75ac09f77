import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { serveConsumer } from '../processes/consuming.ts';
import { handle, noteRecorded, type Payload } from '../processes/observer.ts';
import { serveProducer } from '../processes/producing.ts';

/** BullMQ: `bullmq.ts producer|consumer`, with REDIS_URL and CONCURRENCY. */
const [role] = process.argv.slice(2);
const url = process.env['REDIS_URL'] ?? '';
const QUEUE = 'bench';

if (role === 'producer') produce();
else consume();

function produce(): void {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue(QUEUE, { connection: redis });
  serveProducer({
    reset: async () => {
      await redis.flushall();
      await queue.waitUntilReady();
    },
    addBulk: async (payloads) => {
      await queue.addBulk(payloads.map((data) => ({ name: 'noop', data })));
    },
    addOne: async (payload) => {
      await queue.add('noop', payload);
    },
    addAt: async (payload, due) => {
      const timestamp = Date.now();
      await queue.add('noop', payload, { timestamp, delay: Math.max(0, due - timestamp) });
    },
    remaining: async () => {
      const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized');
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },
  });
}

function consume(): void {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const worker = new Worker<Payload>(QUEUE, (job) => Promise.resolve(handle(job.data)), {
    connection,
    autorun: false,
    concurrency: Number(process.env['CONCURRENCY']),
    // As its documentation advises: keep few finished jobs. Said here, it costs nothing with each job.
    removeOnComplete: { count: 1_000 },
  });
  worker.on('completed', () => noteRecorded(1));
  serveConsumer({
    open: async () => {
      await worker.waitUntilReady();
    },
    go: () => void worker.run(),
  });
}
