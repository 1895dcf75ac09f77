import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { HOLDFAST } from './servers/paths.ts';
import { type Lifetime, runCommand } from './setup/lifetime.ts';
import { provideServers } from './setup/provide-servers.ts';
import { Steps } from './setup/steps.ts';
import { runCheck, runTests, type TestRun } from './setup/test-runner.ts';
import { parseSelection, type Stage, type Tally, total } from './setup/test-stages.ts';

await runCommand(async (lifetime) => {
  const selection = parseSelection(process.argv.slice(2));
  const directory = path.join(HOLDFAST, `test-${process.pid}`);
  mkdirSync(directory, { recursive: true });
  console.log('\nHoldfast tests\n');
  const { passed, failed } = await runStages({ directory, selection, steps: new Steps(), lifetime });
  // Servers stop before their files go.
  await lifetime.end();
  if (failed > 0) console.log(`\n  Logs and data of this run: ${directory}`);
  else rmSync(directory, { recursive: true, force: true });
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
});

async function runStages(run: TestRun): Promise<Tally> {
  const wants = (stage: Stage): boolean => run.selection.stages.includes(stage);
  const tallies: Tally[] = [];
  const light = (['lint', 'typecheck'] as const).filter(wants);
  tallies.push(...(await Promise.all(light.map((check) => runCheck(check, run)))));
  if (wants('format')) tallies.push(await runCheck('format', run));
  if (wants('build') || wants('e2e')) tallies.push(await runCheck('build', run));
  if (wants('unit')) tallies.push(await runTests('unit', run, {}));
  if (wants('integration') || wants('e2e')) {
    const servers = await testServers(run, run.lifetime);
    for (const stage of (['integration', 'e2e'] as const).filter(wants))
      tallies.push(await runTests(stage, run, servers));
  }
  return total(tallies);
}

/** Throw-away servers: those that the environment names, else private ones of this run. */
async function testServers({ directory, steps }: TestRun, lifetime: Lifetime): Promise<NodeJS.ProcessEnv> {
  const { TEST_DATABASE_URL: database, TEST_REDIS_URL: redis } = process.env;
  if (database || redis)
    steps.say('Using the servers of TEST_DATABASE_URL and TEST_REDIS_URL: their data will be lost.');
  const given = {
    ...(database ? { database: { variable: 'TEST_DATABASE_URL', url: database } } : {}),
    ...(redis ? { redis: { variable: 'TEST_REDIS_URL', url: redis } } : {}),
  };
  const { databaseUrl, redisUrl } = await provideServers({ given, directory, purpose: 'test' }, steps, lifetime);
  const scratch = path.join(directory, 'scratch');
  mkdirSync(scratch, { recursive: true });
  return { TEST_DATABASE_URL: databaseUrl, TEST_REDIS_URL: redisUrl, TEST_DIRECTORY: scratch };
}
