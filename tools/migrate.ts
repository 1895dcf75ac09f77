import path from 'node:path';
import { startDatabase } from './servers/index.ts';
import { HOLDFAST } from './servers/paths.ts';
import { Problem } from './servers/problem.ts';
import { build } from './setup/build.ts';
import { runningStart } from './setup/clone-lock.ts';
import { readEnvironment, secretFrom } from './setup/environment.ts';
import { checkDatabase } from './setup/given-database.ts';
import { type Lifetime, runCommand } from './setup/lifetime.ts';
import { loadSchema } from './setup/migrations.ts';

const DIRECTIONS = ['up', 'down', 'status'];

await runCommand(async (lifetime) => {
  const [direction = 'up', ...rest] = process.argv.slice(2);
  if (!DIRECTIONS.includes(direction) || rest.length > 0) throw new Problem('npm run migrate -- [up|down|status]');
  const url = await databaseUrl(lifetime);
  await build(lifetime, ['@holdfast/persistence']);
  for (const line of await run(direction, url)) console.log(line);
  return 0;
});

/** That of the environment, of the `npm start` that runs now, or of the private server, started for this command. */
async function databaseUrl(lifetime: Lifetime): Promise<string> {
  const given = secretFrom(readEnvironment(), 'DATABASE_URL');
  const url = given ?? runningStart()?.databaseUrl ?? (await startPrivate(lifetime));
  await checkDatabase('DATABASE_URL', url);
  return url;
}

async function startPrivate(lifetime: Lifetime): Promise<string> {
  const server = await startDatabase({ directory: path.join(HOLDFAST, 'database') });
  lifetime.onEnd(() => server.stop());
  return server.url;
}

async function run(direction: string, url: string): Promise<string[]> {
  const { migrateDown, migrateUp, migrationStatus } = await loadSchema();
  if (direction === 'status') {
    return (await migrationStatus(url)).map(({ name, applied }) => `${applied ? 'applied' : 'pending'}  ${name}`);
  }
  if (direction === 'down') {
    const reverted = await migrateDown(url);
    return [reverted === undefined ? 'There is no migration to revert.' : `reverted  ${reverted}`];
  }
  const applied = await migrateUp(url);
  return applied.length === 0 ? ['The schema is up to date.'] : applied.map((name) => `applied  ${name}`);
}
