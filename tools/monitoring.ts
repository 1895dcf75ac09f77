import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ALERT_TRIALS, toPromtoolTests } from './monitoring/alert-trials.ts';
import { draw, type DrawnPanel } from './monitoring/drawing.ts';
import { find, runPromtool } from './monitoring/prometheus.ts';
import { readRules, RULES_FILE } from './monitoring/rules.ts';
import { HOLDFAST } from './servers/paths.ts';
import { build } from './setup/build.ts';
import { parseDuration } from './setup/duration.ts';
import { type Lifetime, runCommand } from './setup/lifetime.ts';
import { provideServers } from './setup/provide-servers.ts';
import { Steps } from './setup/steps.ts';

/**
 * Tries the alerts by promtool, then the dashboard on a real Prometheus that scrapes the real system under load:
 * npm run monitoring [-- [--for 5m] FILE], where FILE becomes a picture (SVG) of what the panels show.
 */
await runCommand(async (lifetime) => {
  const { values, positionals } = parseArgs({
    options: { for: { type: 'string', default: '25s' } },
    allowPositionals: true,
  });
  const seconds = parseDuration('--for', values.for) / 1_000;
  console.log('\nHoldfast monitoring\n');
  const steps = new Steps();
  const directory = path.join(HOLDFAST, `monitoring-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  find('prometheus');
  await steps.run(
    'alerts',
    () => Promise.resolve(directory).then(tryAlerts),
    () => `${readRules().length} rules, ${ALERT_TRIALS.length} trials`,
  );
  const panels = await tryDashboard(directory, seconds, steps, lifetime);
  await lifetime.end();
  const [picture] = positionals;
  if (picture !== undefined) writeFileSync(picture, draw(panels));
  const empty = panels.filter(isEmpty);
  for (const { title } of empty) console.log(`  ✗ no data: ${title}`);
  if (empty.length > 0) return 1;
  rmSync(directory, { recursive: true, force: true });
  console.log(`\nevery alert fires in its trial, and every panel of the dashboard has data`);
  return 0;
});

function tryAlerts(directory: string): void {
  runPromtool(['check', 'rules', RULES_FILE]);
  const file = path.join(directory, 'trials.json');
  writeFileSync(file, toPromtoolTests(RULES_FILE));
  runPromtool(['test', 'rules', file]);
}

function isEmpty({ series }: DrawnPanel): boolean {
  return series.length === 0;
}

/** @returns what each panel shows */
async function tryDashboard(
  directory: string,
  seconds: number,
  steps: Steps,
  lifetime: Lifetime,
): Promise<DrawnPanel[]> {
  await steps.run(
    'build',
    () => build(lifetime),
    (summary) => summary,
  );
  const given = { given: {}, directory, purpose: 'test' } as const;
  const { databaseUrl, redisUrl } = await provideServers(given, steps, lifetime);
  Object.assign(process.env, { TEST_DATABASE_URL: databaseUrl, TEST_REDIS_URL: redisUrl, TEST_DIRECTORY: directory });
  const { watchUnderLoad } = await import('./monitoring/under-load.ts'); // only now is built what it imports
  return steps.run(
    'dashboard',
    () => watchUnderLoad(directory, seconds, lifetime),
    (panels) => `${panels.filter((panel) => !isEmpty(panel)).length} of ${panels.length} panels with data`,
    (panels) => !panels.some(isEmpty),
  );
}
