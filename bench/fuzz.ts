import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fuzz } from '../apps/api/src/testing/fuzz/fuzz.ts';
import type { ApiDocument } from '../apps/api/src/testing/fuzz/requests.ts';
import { Cluster } from '../e2e/harness/cluster.ts';

/**
 * Sends a real api whatever could come, seed after seed: node bench/fuzz.ts [--minutes 60] [--rate 100] [--seed 1], with
 * TEST_DATABASE_URL and TEST_REDIS_URL naming throw-away servers and the programs built. Once a minute it prints how much
 * memory the api has. Ends with 1 if an answer was one that may not be, or /health/live did not answer.
 */
const { minutes, rate, seed } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
}).values;
const LOOK_EVERY_MS = 500;
const PATIENCE_MS = 5_000;
const endsAt = performance.now() + Number(minutes) * 60_000;

const cluster = await Cluster.start({ schedulers: 1, workers: 1, settings: { LOG_LEVEL: 'warn', RATE_LIMIT: '0' } });
const { url, pid } = cluster.api;
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const statuses: Record<string, number> = {};
const faults: string[] = [];
const lives = { answered: 0, missed: 0 };
try {
  await Promise.all([sendSeeds(), lookWhetherItLives(), tellMemory()]);
} finally {
  agent.destroy();
  await cluster.stop();
}
process.stdout.write(`${JSON.stringify({ statuses, lives, faults: faults.length })}\n`);
process.exitCode = faults.length + lives.missed > 0 ? 1 : 0;

async function sendSeeds(): Promise<void> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as ApiDocument;
  const token = cluster.client.authorization.authorization.replace('Bearer ', '');
  const requests = Number(rate) * 10;
  for (let next = Number(seed); performance.now() < endsAt; next++) {
    const began = performance.now();
    const report = await fuzz({ url, token, document, seed: next, requests, agent });
    for (const [status, n] of Object.entries(report.statuses)) statuses[status] = (statuses[status] ?? 0) + n;
    for (const fault of report.faults) process.stdout.write(`seed ${next}: ${fault}\n`);
    faults.push(...report.faults);
    await pause(Math.max(0, began + 10_000 - performance.now()));
  }
}

async function lookWhetherItLives(): Promise<void> {
  while (performance.now() < endsAt) {
    const answer = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
      () => undefined,
    );
    await answer?.text();
    if (answer?.status === 200) lives.answered += 1;
    else lives.missed += 1;
    await pause(LOOK_EVERY_MS);
  }
}

async function tellMemory(): Promise<void> {
  for (let minute = 0; performance.now() < endsAt; minute++) {
    const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const sent = Object.values(statuses).reduce((sum, n) => sum + n, 0);
    process.stdout.write(`minute ${minute}: ${Math.round(Number(kib) / 1_024)} MiB, ${sent} requests\n`);
    await pause(Math.min(60_000, Math.max(0, endsAt - performance.now())));
  }
}
