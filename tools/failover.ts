import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { HOLDFAST } from './servers/paths.ts';
import { Problem } from './servers/problem.ts';
import { build } from './setup/build.ts';
import { runCommand } from './setup/lifetime.ts';
import { Steps } from './setup/steps.ts';

/**
 * Loses servers of the real system under load and looks what became of every job: npm run failover [-- --only a,b].
 * Each trial takes about a minute.
 */
await runCommand(async (lifetime) => {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const steps = new Steps();
  console.log('\nHoldfast failover\n');
  await steps.run(
    'build',
    () => build(lifetime),
    (summary) => summary,
  );
  // Only now is built what these import.
  const [{ SCENARIOS }, { tryFailover }, { tell }] = await Promise.all([
    import('../failover/scenarios.ts'),
    import('../failover/trial.ts'),
    import('../failover/report.ts'),
  ]);
  const wanted = values.only?.split(',');
  const chosen = SCENARIOS.filter(({ name }) => wanted?.includes(name) ?? true);
  if (chosen.length < (wanted?.length ?? 1)) {
    throw new Problem(`There are these: ${SCENARIOS.map(({ name }) => name).join(', ')}.`);
  }
  const directory = path.join(HOLDFAST, `failover-${process.pid}`);
  let isWhole = true;
  for (const scenario of chosen) {
    const own = path.join(directory, scenario.name);
    mkdirSync(own, { recursive: true });
    const finding = await steps.run(
      scenario.name,
      () => tryFailover(scenario, own),
      () => scenario.means,
    );
    console.log(`\n${tell(finding)}\n`);
    isWhole &&= finding.broken.length === 0;
  }
  if (isWhole) rmSync(directory, { recursive: true, force: true });
  else console.log(`Logs and data: ${directory}`);
  return isWhole ? 0 : 1;
});
