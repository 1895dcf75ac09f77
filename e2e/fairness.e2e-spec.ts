import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Row } from '@holdfast/persistence';
import { Client } from './harness/client.ts';
import { Cluster } from './harness/cluster.ts';
import { until } from './harness/until.ts';

/** `HOLDFAST_E2E_FAIRNESS=100000` has so many jobs wait, and says how starts were shared in each second. */
const JOBS = Number(process.env['HOLDFAST_E2E_FAIRNESS'] ?? 2_000);
const IS_MEASURED = process.env['HOLDFAST_E2E_FAIRNESS'] !== undefined;
const PATIENCE_MS = IS_MEASURED ? 300_000 : 150_000;
jest.setTimeout(2 * PATIENCE_MS);

const SLOTS = 8;
const OF_LATTER = Math.min(JOBS / 4, 5_000);
const SHARE = 3 / 4;
const TOLERANCE = 0.1 * SHARE;
/** Whole turns, and many of a claim, which starts as many as there are slots at one instant. */
const WINDOW = 10 * SLOTS;
const BATCH = 1_000;
const DELAYS = ['600ms', '900ms', '1200ms', '1500ms', '1800ms'];

interface Start {
  readonly tenant: string;
  /** Epoch microseconds, by MySQL's clock. */
  readonly at: number;
}

describe('tenants that share a queue', () => {
  let cluster: Cluster;

  afterEach(() => cluster.stop());

  it('have their shares of the starts, and one that comes late waits for none of the many that wait before it', async () => {
    const settings = { TENANT_WEIGHTS: 'flood=3', WORKER_CONCURRENCY: String(SLOTS) };
    cluster = await Cluster.start({ workers: 0, settings });
    await submit('flood', JOBS);
    await submit('latter', OF_LATTER);
    const late = await Client.of(cluster.api.url, 'late');
    await late.submitBatch(DELAYS.map((delay) => ({ type: 'echo', delay })));
    await cluster.add('worker');
    await until(
      'the others are done',
      async () => (await count("tenant <> 'flood' AND finished_at IS NULL")) === 0,
      PATIENCE_MS,
    );
    const starts = await bothStarted();
    const off = windowsOf(starts).filter((window) => Math.abs(shareOf(window) - SHARE) > TOLERANCE);
    const meanwhile = (await startedMeanwhile()).sort((a, b) => a - b);
    if (IS_MEASURED) report(starts, meanwhile);
    // Not each: while Redis does not answer, jobs are claimed in the order of their times.
    expect(off.length).toBeLessThan(windowsOf(starts).length / 5);
    expect(meanwhile[2]).toBeLessThan(JOBS / 10);
  });

  async function submit(tenant: string, n: number): Promise<void> {
    const client = await Client.of(cluster.api.url, tenant);
    for (let first = 0; first < n; first += BATCH) {
      const jobs = Array.from({ length: Math.min(BATCH, n - first) }, () => ({ type: 'echo' }));
      await client.submitBatch(jobs);
    }
  }

  const count = async (condition: string): Promise<number> =>
    (await cluster.database.rows<Row & { n: number }>(`SELECT COUNT(*) AS n FROM jobs WHERE ${condition}`))[0]?.n ?? -1;

  /** Of those two whose jobs were there from the beginning, in order, while both had jobs that waited. */
  async function bothStarted(): Promise<Start[]> {
    const rows = await cluster.database.rows<Row & { tenant: string; at: number | string }>(
      `SELECT tenant, CAST(UNIX_TIMESTAMP(started_at) * 1000000 AS UNSIGNED) AS at FROM jobs
       WHERE tenant IN ('flood', 'latter') AND started_at IS NOT NULL ORDER BY started_at, id`,
    );
    const lastOf = (tenant: string): number => rows.findLastIndex((start) => start.tenant === tenant);
    const hasEnded = Math.min(lastOf('flood'), lastOf('latter')) - SLOTS;
    return rows.slice(0, hasEnded).map(({ tenant, at }) => ({ tenant, at: Number(at) }));
  }

  /** Of the first tenant, between the moments at which each late job was due and began. */
  async function startedMeanwhile(): Promise<number[]> {
    const rows = await cluster.database.rows<Row & { n: number }>(
      `SELECT (SELECT COUNT(*) FROM jobs WHERE tenant = 'flood' AND started_at > late.run_at AND started_at < late.started_at) AS n
       FROM jobs AS late WHERE tenant = 'late'`,
    );
    return rows.map(({ n }) => n);
  }
});

function windowsOf(starts: readonly Start[]): Start[][] {
  return Array.from({ length: Math.floor(starts.length / WINDOW) }, (_, n) =>
    starts.slice(n * WINDOW, (n + 1) * WINDOW),
  );
}

function shareOf(starts: readonly Start[]): number {
  return starts.filter(({ tenant }) => tenant === 'flood').length / starts.length;
}

/** Shares in every second that begins with a start. */
function report(starts: readonly Start[], meanwhile: readonly number[]): void {
  const last = starts.at(-1)?.at ?? 0;
  const shares: number[] = [];
  let [end, flood] = [0, 0];
  for (const [begin, { tenant, at }] of starts.entries()) {
    if (at + 1e6 > last) break;
    for (; (starts[end]?.at ?? Infinity) < at + 1e6; end++) flood += starts[end]?.tenant === 'flood' ? 1 : 0;
    shares.push(flood / (end - begin));
    if (tenant === 'flood') flood -= 1;
  }
  const [least, most] = [Math.min(...shares), Math.max(...shares)].map((share) => share.toFixed(4));
  process.stdout.write(`${starts.length} starts; share in any second from ${least} to ${most}, to be ${SHARE}\n`);
  process.stdout.write(`started between a late job's time and its start: ${meanwhile.join(', ')}\n`);
}
