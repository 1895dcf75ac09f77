import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findDatabaseBinary, findProgram, findRedisBinary } from '../tools/servers/binaries.ts';
import { HOLDFAST, ROOT } from '../tools/servers/paths.ts';
import { Problem } from '../tools/servers/problem.ts';
import { installServers } from '../tools/setup/install/install-servers.ts';
import type { Lifetime } from '../tools/setup/lifetime.ts';
import { runLogged } from '../tools/setup/run-logged.ts';
import type { Steps } from '../tools/setup/steps.ts';
import { findPostgres } from './servers/postgres.ts';

const BENCH = path.join(ROOT, 'bench');
const STAMP = path.join(BENCH, 'node_modules', '.holdfast-lock');

/** The peers, exactly as bench/package-lock.json names them, beside and never among the product's own packages. */
export async function installPeers(steps: Steps, lifetime: Lifetime): Promise<void> {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(BENCH, 'package-lock.json')))
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return;
  const [command = '', ...prefix] = npm();
  const args = [...prefix, 'ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  await steps.run(
    'peers',
    () => runOrExplain('npm', { command, args, cwd: BENCH }, lifetime),
    () => 'bullmq, graphile-worker, pg-boss',
  );
  writeFileSync(STAMP, lock);
}

/** MariaDB and Redis as `npm start` finds or installs them, and PostgreSQL. */
export async function installServersOfBench(steps: Steps, lifetime: Lifetime): Promise<void> {
  const searches = { database: findDatabaseBinary(), redis: findRedisBinary() };
  const missing = (['database', 'redis'] as const).filter((kind) => searches[kind].found === undefined);
  if (missing.length > 0) {
    const rejected = missing.flatMap((kind) => searches[kind].rejected);
    await installServers(missing, rejected, steps, lifetime);
  }
  if (findPostgres() === undefined) await installPostgres(steps, lifetime);
}

async function installPostgres(steps: Steps, lifetime: Lifetime): Promise<void> {
  if (findProgram('apt-get') === undefined || process.getuid?.() !== 0) {
    throw new Problem('The peers need PostgreSQL: install its server, so that initdb is in the PATH.');
  }
  steps.say('This machine has no PostgreSQL, which graphile-worker and pg-boss need.');
  steps.say('Installing postgresql with apt-get; no cluster is made and no service is left running.');
  const script = path.join(BENCH, 'servers', 'install-postgres.sh');
  await steps.run(
    'install',
    () => runOrExplain('apt-get', { command: 'sh', args: [script], cwd: ROOT }, lifetime),
    () => 'postgresql',
  );
}

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
}

async function runOrExplain(name: string, command: Command, lifetime: Lifetime): Promise<void> {
  const logFile = path.join(HOLDFAST, 'logs', `bench-${name}.log`);
  const { ok, tail } = await runLogged({ name, ...command, logFile }, lifetime);
  if (!ok) throw new Problem(`${name} failed. The end of ${logFile}:\n${tail.map((line) => `    ${line}`).join('\n')}`);
}

/** The npm that runs this, else the one in the PATH. */
function npm(): string[] {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env;
  if (cli !== undefined && path.basename(cli) === 'npm-cli.js' && existsSync(cli)) {
    return [node !== undefined && existsSync(node) ? node : process.execPath, cli];
  }
  return [findProgram('npm') ?? 'npm'];
}
