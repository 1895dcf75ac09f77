import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ALERT_TRIALS, toPromtoolTests } from './monitoring/alert-trials.ts';
import { find, runPromtool } from './monitoring/prometheus.ts';
import { readPanels, readRules, RULES_FILE } from './monitoring/rules.ts';
import { HOLDFAST } from './servers/paths.ts';
import { build } from './setup/build.ts';
import { type Lifetime, runCommand } from './setup/lifetime.ts';
import { provideServers } from './setup/provide-servers.ts';
import { Steps } from './setup/steps.ts';

/** Tries the alerts by promtool, then the dashboard on a real Prometheus that scrapes the real system under load. */
await runCommand(async (lifetime) => {
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
  const empty = await tryDashboard(directory, steps, lifetime);
  await lifetime.end();
  for (const panel of empty) console.log(`  ✗ no data: ${panel}`);
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

/** @returns the panels without data */
async function tryDashboard(directory: string, steps: Steps, lifetime: Lifetime): Promise<string[]> {
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
    () => watchUnderLoad(directory, lifetime),
    (empty) => `${readPanels().length - empty.length} panels with data`,
    (empty) => empty.length === 0,
  );
}
