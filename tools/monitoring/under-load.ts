import { Cluster } from '../../e2e/harness/cluster.ts';
import type { ProgramName } from '../../e2e/harness/program.ts';
import type { Lifetime } from '../setup/lifetime.ts';
import type { DrawnPanel } from './drawing.ts';
import { Prometheus } from './prometheus.ts';
import { readPanels, type Panel } from './rules.ts';

const PROGRAMS: readonly ProgramName[] = ['api', 'scheduler', 'worker'];
const LOAD_MS = 25_000;
const RATE_INTERVAL = '10s';

/** @returns what every panel of the dashboard shows after a while under load */
export async function watchUnderLoad(directory: string, lifetime: Lifetime): Promise<DrawnPanel[]> {
  const cluster = await Cluster.start({ settings: { LOG_LEVEL: 'warn' } });
  lifetime.onEnd(() => cluster.stop());
  const addresses = (name: ProgramName): string[] => cluster.running(name).map(({ url }) => new URL(url).host);
  const targets = Object.fromEntries(PROGRAMS.map((name) => [`holdfast-${name}`, addresses(name)]));
  const prometheus = await Prometheus.start(directory, targets);
  lifetime.onEnd(() => prometheus.stop());
  await load(cluster);
  return Promise.all(readPanels().map((panel) => ask(prometheus, panel)));
}

/** A bit of everything: short and long jobs, some that are retried, some that die, some that wait. */
async function load({ client }: Cluster): Promise<void> {
  for (const endsAt = Date.now() + LOAD_MS; Date.now() < endsAt;) {
    const echoes = Array.from({ length: 50 }, () => ({ type: 'echo', queue: 'mail' }));
    await client.submitBatch([
      ...echoes,
      { type: 'sleep', queue: 'reports', payload: { duration: '300ms' } },
      { type: 'flaky', payload: { failures: 1 }, backoff: { strategy: 'fixed', delay: '100ms' } },
      { type: 'fail', maxAttempts: 1 },
      { type: 'echo', delay: '1h' },
    ]);
    await client.untilFinished((await client.submit({ type: 'echo' })).id);
  }
}

/** A query that answered no number at any time shows nothing: then the panel has no series at all. */
async function ask(prometheus: Prometheus, { title, targets }: Panel): Promise<DrawnPanel> {
  const answers = await Promise.all(
    targets.map(({ expr }) => prometheus.range(expr.replaceAll('$__rate_interval', RATE_INTERVAL), LOAD_MS / 1_000)),
  );
  const hasData = answers.every((series) => series.some(({ values }) => values.some(([, value]) => value !== 'NaN')));
  return { title, series: hasData ? answers.flat() : [] };
}
