import path from 'node:path';
import { findProgram } from '../../servers/binaries.ts';

export type ServerKind = 'database' | 'redis';

export interface PackageManager {
  program: string;
  needsRoot: boolean;
  /** What a person would type, for messages. */
  packages: Readonly<Record<ServerKind, string>>;
  /** Installs what is wanted, and neither starts nor enables a service. */
  command(wanted: readonly ServerKind[]): string[];
}

const MANAGERS: readonly PackageManager[] = [
  {
    program: 'apt-get',
    needsRoot: true,
    packages: { database: 'mariadb-server-core', redis: 'redis-server' },
    command: (wanted) => ['sh', path.join(import.meta.dirname, 'install-with-apt.sh'), ...wanted],
  },
  {
    program: 'dnf',
    needsRoot: true,
    packages: { database: 'mariadb-server', redis: 'redis (or valkey)' },
    command: (wanted) =>
      shell(wanted, 'dnf install -y mariadb-server', 'dnf install -y redis || dnf install -y valkey'),
  },
  {
    program: 'apk',
    needsRoot: true,
    packages: { database: 'mariadb', redis: 'redis (or valkey)' },
    command: (wanted) => shell(wanted, 'apk add mariadb mariadb-client', 'apk add redis || apk add valkey'),
  },
  {
    program: 'brew',
    needsRoot: false,
    packages: { database: 'mariadb', redis: 'redis' },
    command: (wanted) => shell(wanted, 'brew install mariadb', 'brew install redis'),
  },
];

export function findPackageManager(): PackageManager | undefined {
  return MANAGERS.find((manager) => findProgram(manager.program) !== undefined);
}

function shell(wanted: readonly ServerKind[], database: string, redis: string): string[] {
  const parts = wanted.map((kind) => `{ ${kind === 'database' ? database : redis}; }`);
  return ['sh', '-c', parts.join(' && ')];
}
