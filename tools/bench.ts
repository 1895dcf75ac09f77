import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HOLDFAST } from './servers/paths.ts';
import { build } from './setup/build.ts';
import { runCommand } from './setup/lifetime.ts';
import { Steps } from './setup/steps.ts';

await runCommand(async (lifetime) => {
  const { parseOptions } = await import('../bench/options.ts');
  const options = parseOptions(process.argv.slice(2));
  const { installPeers, installServersOfBench } = await import('../bench/install.ts');
  const steps = new Steps();
  console.log('\nHoldfast benchmark\n');
  await installServersOfBench(steps, lifetime);
  await installPeers(steps, lifetime);
  await steps.run(
    'build',
    () => build(lifetime),
    (summary) => summary,
  );
  // Only now is everything there that these import.
  const [{ Ground }, { runScenario, SCENARIOS }, { jsonOf, surroundings }, { tableOf }] = await Promise.all([
    import('../bench/ground.ts'),
    import('../bench/run.ts'),
    import('../bench/report.ts'),
    import('../bench/table.ts'),
  ]);
  const letters = options.only ?? Object.keys(SCENARIOS);
  const directory = path.join(HOLDFAST, `bench-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  let failed = true;
  lifetime.onEnd(() => {
    if (!failed || lifetime.signal.aborted) rmSync(directory, { recursive: true, force: true });
    else console.error(`\n  Logs and data of this run: ${directory}`);
  });
  const ground = new Ground(directory, lifetime);
  for (const [name, value] of Object.entries(surroundings())) steps.say(`${name.padEnd(9)} ${value}`);
  if (options.quick) steps.say('--quick: everything runs, but the figures mean nothing.');
  console.log('');
  const results = [];
  for (const letter of letters) {
    const make = SCENARIOS[letter];
    if (make === undefined) continue;
    const result = await runScenario(make, ground, options, (line) => steps.say(line));
    results.push(result);
    console.log(`${tableOf(result)}\n`);
    if (options.json !== undefined) writeFileSync(options.json, jsonOf(results, options));
  }
  failed = false;
  return 0;
});
