import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { Problem } from '../../servers/problem.ts';
import { HOLDFAST } from '../../servers/paths.ts';
import type { Lifetime } from '../lifetime.ts';
import { runLogged } from '../run-logged.ts';
import type { Steps } from '../steps.ts';
import { findPackageManager, type PackageManager, type ServerKind } from './package-managers.ts';

const NAMES: Readonly<Record<ServerKind, string>> = {
  database: 'MariaDB 10.6+ or MySQL 8.0+',
  redis: 'Redis 7.0+ or Valkey 8+',
};

/**
 * Installs the missing servers with the machine's package manager, saying so first. Throws a `Problem` that tells what to
 * install when this user may not, or when it fails. `rejected` says which servers are there and too old.
 */
export async function installServers(
  wanted: readonly ServerKind[],
  rejected: readonly string[],
  steps: Steps,
  lifetime: Lifetime,
): Promise<void> {
  const manager = findPackageManager();
  const prefix = manager === undefined ? undefined : wayToRoot(manager);
  if (manager === undefined || prefix === undefined) throw new Problem(whatToInstall(wanted, rejected, manager));
  const packages = wanted.map((kind) => manager.packages[kind]).join(', ');
  steps.say(`This machine has no ${wanted.map((kind) => NAMES[kind]).join(' and no ')}.`);
  steps.say(`Installing ${packages} with ${manager.program}; no system service is left running.`);
  await steps.run(
    'install',
    () => install(manager, prefix, wanted, lifetime),
    () => packages,
  );
}

/** What has to be put before a command so that it runs as root; `undefined` when that would ask for a password. */
function wayToRoot(manager: PackageManager): string[] | undefined {
  const isRoot = process.getuid?.() === 0;
  if (!manager.needsRoot) return isRoot ? undefined : [];
  if (isRoot) return [];
  const sudo = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore', timeout: 10_000 });
  return sudo.status === 0 ? ['sudo', '-n'] : undefined;
}

async function install(
  manager: PackageManager,
  prefix: readonly string[],
  wanted: readonly ServerKind[],
  lifetime: Lifetime,
): Promise<void> {
  const [command = '', ...args] = [...prefix, ...manager.command(wanted)];
  const logFile = path.join(HOLDFAST, 'logs', 'install.log');
  const result = await runLogged({ name: manager.program, command, args, logFile }, lifetime);
  if (result.ok) return;
  const output = result.tail.map((line) => `    ${line}`).join('\n');
  throw new Problem(`${manager.program} failed to install the servers. The end of ${logFile}:\n${output}`);
}

export function whatToInstall(
  wanted: readonly ServerKind[],
  rejected: readonly string[],
  manager: PackageManager | undefined,
): string {
  const packages = wanted.map((kind) => manager?.packages[kind] ?? kind).join(' ');
  const variables = wanted.map((kind) => (kind === 'database' ? 'DATABASE_URL' : 'REDIS_URL')).join(' and ');
  const byHand = manager === undefined ? 'install them' : `install them with ${manager.program} (${packages})`;
  return [
    `Holdfast needs ${wanted.map((kind) => NAMES[kind]).join(' and ')}: ${byHand}, or start Docker, or set ${variables}.`,
    ...rejected,
  ].join('\n');
}
