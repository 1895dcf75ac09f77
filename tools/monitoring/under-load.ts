import { setTimeout as pause } from 'node:timers/promises';
import { Cluster } from '../../e2e/harness/cluster.ts';
import type { ProgramName } from '../../e2e/harness/program.ts';
import type { Lifetime } from '../setup/lifetime.ts';
import type { DrawnPanel, DrawnSeries } from './drawing.ts';
import { Prometheus } from './prometheus.ts';
import { readPanels, type Panel } from './rules.ts';

const PROGRAMS: readonly ProgramName[] = ['api', 'scheduler', 'worker'];
const RATE_INTERVAL = '10s';
const BETWEEN_BATCHES_MS = 200;
/** Longer ago than this, data is not what the dashboard shows now. */
const NOW_S = 20;

/** @returns what every panel of the dashboard shows after so long under load */
export async function watchUnderLoad(directory: string, seconds: number, lifetime: Lifetime): Promise<DrawnPanel[]> {
  const cluster = await Cluster.start({ settings: { LOG_LEVEL: 'warn' } });
  lifetime.onEnd(() => cluster.stop());
  const addresses = (name: ProgramName): string[] => cluster.running(name).map(({ url }) => new URL(url).host);
  const targets = Object.fromEntries(PROGRAMS.map((name) => [`holdfast-${name}`, addresses(name)]));
  const prometheus = await Prometheus.start(directory, targets);
  lifetime.onEnd(() => prometheus.stop());
  await load(cluster, seconds);
  return Promise.all(readPanels().map((panel) => ask(prometheus, seconds, panel)));
}

/** A bit of everything: short and long jobs, some that are retried, some that die, some that wait, also for their turn. */
async function load({ client }: Cluster, seconds: number): Promise<void> {
  const endsAt = Date.now() + seconds * 1_000;
  for (let n = 0; Date.now() < endsAt; n++) {
    const echoes = Array.from({ length: 50 }, () => ({ type: 'echo', queue: 'mail' }));
    const [first] = await client.submitBatch([
      ...echoes,
      { type: 'sleep', queue: 'reports', payload: { duration: '300ms' }, concurrencyKey: `customer-${n % 4}` },
      { type: 'flaky', payload: { failures: 1 }, backoff: { strategy: 'fixed', delay: '100ms' } },
      { type: 'fail', maxAttempts: 1 },
      { type: 'echo', delay: '1h' },
    ]);
    await client.submit({ type: 'echo', queue: 'reports', dependsOn: [first] });
    await client.untilFinished((await client.submit({ type: 'echo' })).id);
    await pause(BETWEEN_BATCHES_MS);
  }
}

/** Where a query has no number of just now its panel shows nothing: then it has no series at all. */
async function ask(
  prometheus: Prometheus,
  seconds: number,
  { title, targets, fieldConfig }: Panel,
): Promise<DrawnPanel> {
  const answers = await Promise.all(targets.map((target) => askOne(prometheus, seconds, target)));
  const since = Date.now() / 1_000 - NOW_S;
  const isNow = ([at, value]: readonly [number, string]): boolean => at >= since && value !== 'NaN';
  const hasData = answers.every((series) => series.some(({ values }) => values.some(isNow)));
  return { title, unit: fieldConfig.defaults.unit, series: hasData ? answers.flat() : [] };
}

async function askOne(
  prometheus: Prometheus,
  seconds: number,
  { expr, legendFormat }: Panel['targets'][number],
): Promise<DrawnSeries[]> {
  const answer = await prometheus.range(expr.replaceAll('$__rate_interval', RATE_INTERVAL), seconds);
  return answer.map(({ metric, values }) => ({
    name: legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
    values,
  }));
}
