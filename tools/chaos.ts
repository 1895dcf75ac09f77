import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Bug } from '../chaos/bugs/bugs.ts';
import type { Options } from '../chaos/options.ts';
import type { Summary } from '../chaos/report.ts';
import { HOLDFAST, ROOT } from './servers/paths.ts';
import { Problem } from './servers/problem.ts';
import { build } from './setup/build.ts';
import { type Lifetime, runCommand } from './setup/lifetime.ts';
import { Steps } from './setup/steps.ts';

/** Some bugs need an unlucky moment, which a run of a minute or two may not have. */
const TRIES = 3;

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
  if (options.bugs || options.bug !== undefined) return catchBugs(options, lifetime, steps);
  const { passed } = await once(options, lifetime, steps, 'run');
  return passed ? 0 : 1;
});

/** @returns 0 if each bug broke what it must break */
async function catchBugs(options: Options, lifetime: Lifetime, steps: Steps): Promise<number> {
  const { BUGS } = await import('../chaos/bugs/bugs.ts');
  const bugs = BUGS.filter(({ name }) => options.bugs || name === options.bug);
  if (bugs.length === 0) throw new Problem(`There is no bug of that name: ${BUGS.map(({ name }) => name).join(', ')}.`);
  const verdicts: string[] = [];
  for (const bug of bugs) verdicts.push(await catchBug(bug, options, lifetime, steps));
  console.log(`\n${verdicts.join('\n')}`);
  return verdicts.every((verdict) => verdict.startsWith('caught')) ? 0 : 1;
}

async function catchBug(bug: Bug, options: Options, lifetime: Lifetime, steps: Steps): Promise<string> {
  steps.say(`bug ${bug.name}: ${bug.means}`);
  for (let time = 0; time < TRIES; time++) {
    const attempt = { ...options, seed: options.seed + time, bug: bug.name, faults: bug.faults };
    const { broken } = await once(attempt, lifetime, steps, `${bug.name}-${attempt.seed}`, bug);
    const by = broken.filter(({ id }) => bug.breaks.includes(id));
    if (by.length > 0) return `caught      ${bug.name} by ${by.map(({ id, title }) => `${id} (${title})`).join(', ')}`;
  }
  return `NOT CAUGHT  ${bug.name}: ${bug.means}`;
}

/** In a directory of its own: servers of an earlier run left their data in theirs. */
async function once(options: Options, lifetime: Lifetime, steps: Steps, name: string, bug?: Bug): Promise<Summary> {
  // Only now is built what these import.
  const [{ run }, { summarise, tell }, { makeBuggedBuild }] = await Promise.all([
    import('../chaos/run.ts'),
    import('../chaos/report.ts'),
    import('../chaos/bugs/bugged-build.ts'),
  ]);
  const directory = path.join(HOLDFAST, `chaos-${process.pid}`, name);
  mkdirSync(directory, { recursive: true });
  const built = bug ? makeBuggedBuild(ROOT, path.join(directory, 'build'), bug) : ROOT;
  const { history, verdicts, servers } = await run({ directory, build: built }, options, lifetime, (line) =>
    steps.say(line),
  );
  const summary = summarise(history, verdicts, { ...options, servers });
  console.log(tell(summary, history, verdicts));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(summary, undefined, 2)}\n`);
  if (summary.passed) rmSync(directory, { recursive: true, force: true });
  else console.log(`\n  Logs and data of this run: ${directory}`);
  const verdict = summary.passed ? 'every invariant held' : `BROKEN: ${summary.broken.map(({ id }) => id).join(', ')}`;
  console.log(`\n${verdict}: --seed ${options.seed} --minutes ${options.minutes}`);
  return summary;
}
