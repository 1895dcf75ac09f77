import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Row } from '@holdfast/persistence';
import { Cluster } from '../../e2e/harness/cluster.ts';
import { percentile } from '../statistics.ts';

/**
 * Thousands of webhooks whose receiver answers 500 and then sends its body a byte at a time, and a few quick jobs of somebody
 * else in the same queue: node bench/outages/webhooks.ts [--webhooks 10000] [--slots 200]. Prints one line of JSON, and
 * ends with 1 if a webhook did not end as dead at its first attempt or a quick job did not succeed.
 */
const { values } = parseArgs({
  options: { webhooks: { type: 'string', default: '10000' }, slots: { type: 'string', default: '200' } },
});
const [webhooks, slots] = [Number(values.webhooks), Number(values.slots)];
const BATCH = 1_000;
const BYTE_EVERY_MS = 250;
const QUICK_EVERY_MS = 500;

const open = { now: 0, most: 0 };
const receiver = await startReceiver();
const cluster = await Cluster.start({
  ownRedis: true,
  ownDatabase: true,
  settings: { LOG_LEVEL: 'warn', HTTP_ALLOW_PRIVATE: 'true', WORKER_CONCURRENCY: String(slots) },
});
try {
  const startedAt = performance.now();
  await submitWebhooks();
  const quick = await runBeside();
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  const dead = await count("type = 'http.request' AND state = 'dead' AND attempt = 1");
  const report = { webhooks, slots, seconds, dead, mostConnections: open.most, peakMemoryMb: peakMemory(), quick };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exitCode = dead === webhooks && quick.failed === 0 ? 0 : 1;
} finally {
  await cluster.stop();
  receiver.closeAllConnections();
  receiver.close();
}

async function startReceiver(): Promise<Server> {
  const server = createServer((_, response) => {
    open.now += 1;
    open.most = Math.max(open.most, open.now);
    response.writeHead(500, { 'content-type': 'text/plain' });
    const sending = setInterval(() => response.write('.'), BYTE_EVERY_MS);
    response.on('close', () => {
      clearInterval(sending);
      open.now -= 1;
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

async function submitWebhooks(): Promise<void> {
  const payload = { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, method: 'POST' };
  const job = { type: 'http.request', payload, timeout: '2s', maxAttempts: 1, fairnessKey: 'webhooks' };
  for (let left = webhooks; left > 0; left -= BATCH)
    await cluster.client.submitBatch(Array<object>(Math.min(BATCH, left)).fill(job));
}

/** Until the last webhook has ended. */
async function runBeside() {
  const took: number[] = [];
  let failed = 0;
  while ((await count("type = 'http.request' AND state IN ('pending', 'running')")) > 0) {
    const sentAt = performance.now();
    const { body } = await cluster.client.call<{ id: string }>('POST', '/v1/jobs', {
      type: 'echo',
      fairnessKey: 'quick',
    });
    const ended = await cluster.client.call<{ state: string }>('GET', `/v1/jobs/${body.id}/wait?timeout=30s`);
    took.push(performance.now() - sentAt);
    if (ended.body.state !== 'succeeded') failed += 1;
    await pause(QUICK_EVERY_MS);
  }
  const milliseconds = (share: number): number => Math.round(percentile(took, share));
  return { jobs: took.length, failed, finishedWithinMs: { p50: milliseconds(0.5), p99: milliseconds(0.99) } };
}

/** Of the worker, as the kernel counts it. */
function peakMemory(): number {
  const [worker] = cluster.running('worker');
  const status = readFileSync(`/proc/${worker?.pid ?? 'self'}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024);
}

async function count(condition: string): Promise<number> {
  const [row] = await cluster.database.rows<Row & { n: number }>(`SELECT COUNT(*) AS n FROM jobs WHERE ${condition}`);
  return row?.n ?? 0;
}
