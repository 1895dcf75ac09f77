import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HOLDFAST, ROOT } from './servers/paths.ts';
import { build } from './setup/build.ts';
import { type Lifetime, runCommand } from './setup/lifetime.ts';
import { Steps } from './setup/steps.ts';

await runCommand(async (lifetime) => {
  const { parseOptions } = await import('../chaos/options.ts');
  const options = parseOptions(process.argv.slice(2));
  const steps = new Steps();
  console.log('\nHoldfast chaos\n');
  await steps.run(
    'build',
    () => build(lifetime),
    (summary) => summary,
  );
  return once(options, lifetime, steps);
});

async function once(options: import('../chaos/options.ts').Options, lifetime: Lifetime, steps: Steps): Promise<number> {
  // Only now is built what these import.
  const [{ run }, { summarise, tell }] = await Promise.all([import('../chaos/run.ts'), import('../chaos/report.ts')]);
  const directory = path.join(HOLDFAST, `chaos-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  const { history, verdicts, servers } = await run({ directory, build: ROOT }, options, lifetime, (line) =>
    steps.say(line),
  );
  const summary = summarise(history, verdicts, {
    seed: options.seed,
    minutes: options.minutes,
    bug: options.bug,
    servers,
  });
  console.log(tell(summary, history, verdicts));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(summary, undefined, 2)}\n`);
  if (summary.passed) rmSync(directory, { recursive: true, force: true });
  else console.log(`\n  Logs and data of this run: ${directory}`);
  console.log(
    `\n${summary.passed ? 'every invariant held' : 'BROKEN'}: --seed ${options.seed} --minutes ${options.minutes}`,
  );
  return summary.passed ? 0 : 1;
}
