import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Row } from '@holdfast/persistence';
import { Cluster } from '../../e2e/harness/cluster.ts';
import { until } from '../../e2e/harness/until.ts';
import { withRedis } from '../../chaos/system/redis-client.ts';
import { percentile } from '../statistics.ts';
import { submitAtRate, type LoadOptions, type Submitted } from './load.ts';

/**
 * What an outage costs under load: node bench/outages/run.ts OUTAGE [--seconds 60] [--rate 2000] [--workers 1], over
 * private servers and the programs that were built. Prints one line of JSON, and ends with 1 if a job was lost or run twice.
 */
const OUTAGES: Readonly<Record<string, (cluster: Cluster, seconds: number) => Promise<void>>> = {
  none: () => Promise.resolve(),
  'redis-wiped-every-second': wipeRedis,
  'redis-stopped': stopRedis,
  'database-killed': killDatabase,
};
const WARM_UP: LoadOptions = { seconds: 5, rate: 500 };
const FINISHED_WITHIN_MS = 120_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '2000' },
    workers: { type: 'string', default: '1' },
  },
});
const [name = 'none'] = positionals;
const load: LoadOptions = { seconds: Number(values.seconds), rate: Number(values.rate) };
const outage = OUTAGES[name];
if (!outage) throw new Error(`there is no outage ${name}: ${Object.keys(OUTAGES).join(', ')}`);

const cluster = await Cluster.start({
  ownRedis: true,
  ownDatabase: true,
  workers: Number(values.workers),
  settings: { LOG_LEVEL: 'info' },
});
try {
  const before = await submitAtRate(cluster.client, WARM_UP);
  await untilFinished();
  const [submitted, finished] = await Promise.all([underLoad(), outage(cluster, load.seconds)]).then(([each]) => each);
  await untilFinished();
  const report = await judge([...before.accepted, ...submitted.accepted], submitted, finished);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exitCode = report.lost + report.runTwice > 0 ? 1 : 0;
} finally {
  await cluster.stop();
}

/** @returns what was submitted, and how many jobs were finished when the load ended */
async function underLoad(): Promise<[Submitted, number]> {
  const before = await count("state = 'succeeded'");
  const submitted = await submitAtRate(cluster.client, load);
  return [submitted, (await count("state = 'succeeded'")) - before];
}

async function judge(ids: readonly string[], { accepted, refused, took }: Submitted, finished: number) {
  const rows = await cluster.database.rows<Row & { id: string; fence: number; crashes: number }>(
    "SELECT LOWER(HEX(id)) AS id, fence, crashes FROM jobs WHERE state = 'succeeded'",
  );
  const there = new Map(rows.map(({ id, ...row }) => [id, row]));
  const milliseconds = (share: number): number => Math.round(percentile(took, share));
  return {
    outage: name,
    ...load,
    accepted: accepted.length,
    refused,
    finishedUnderLoad: finished,
    lost: ids.filter((id) => !there.has(id.replaceAll('-', ''))).length,
    runTwice: rows.filter(({ fence, crashes }) => fence !== 1 + crashes).length,
    crashes: rows.reduce((sum, { crashes }) => sum + crashes, 0),
    answeredWithinMs: { p50: milliseconds(0.5), p99: milliseconds(0.99), all: milliseconds(1) },
  };
}

async function wipeRedis(of: Cluster, seconds: number): Promise<void> {
  const url = of.redis?.url ?? '';
  await withRedis(url, async (redis) => {
    for (let second = 0; second < seconds; second++) {
      await redis.flushall();
      await pause(1_000);
    }
  });
}

async function stopRedis(of: Cluster, seconds: number): Promise<void> {
  await of.redis?.kill('SIGSTOP');
  await pause(seconds * 1_000);
  await of.redis?.kill('SIGCONT');
}

/** Killed after a third of the time, and back two seconds later. */
async function killDatabase(of: Cluster, seconds: number): Promise<void> {
  await pause((seconds * 1_000) / 3);
  await of.databaseServer?.kill('SIGKILL');
  await pause(2_000);
  await of.databaseServer?.restart();
}

async function untilFinished(): Promise<void> {
  const none = async (): Promise<boolean> => (await count("state IN ('pending', 'running')")) === 0;
  await until('everything is finished', none, FINISHED_WITHIN_MS);
}

async function count(condition: string): Promise<number> {
  const [row] = await cluster.database.rows<Row & { n: number }>(`SELECT COUNT(*) AS n FROM jobs WHERE ${condition}`);
  return row?.n ?? 0;
}
