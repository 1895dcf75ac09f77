import { spawnSync } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import path from 'node:path';
import { databaseProduct, isNewEnough, type Product, redisProduct, tooOld } from './versions.ts';

export interface Binary {
  path: string;
  product: Product;
}

export interface Search {
  found?: Binary;
  /** A sentence for each binary that was seen and is too old. */
  rejected: string[];
}

/** Servers hide from the PATH of ordinary users: Debian keeps them in sbin, Homebrew does not link its versioned formulas. */
const MORE_FOLDERS = [
  '/usr/sbin',
  '/usr/bin',
  '/usr/libexec',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/local/mysql/bin',
  '/opt/homebrew/bin',
  ...['/opt/homebrew/opt', '/usr/local/opt', '/home/linuxbrew/.linuxbrew/opt'].flatMap((cellar) =>
    ['mariadb', 'mysql', 'redis', 'valkey'].map((formula) => `${cellar}/${formula}/bin`),
  ),
];

export function findDatabaseBinary(): Search {
  return search(['mariadbd', 'mysqld'], databaseProduct);
}

export function findRedisBinary(): Search {
  return search(['redis-server', 'valkey-server'], redisProduct);
}

/** The full path of a program, or `undefined`. */
export function findProgram(name: string): string | undefined {
  return candidates([name])[0];
}

function search(names: readonly string[], productOf: (text: string) => Product | undefined): Search {
  const rejected: string[] = [];
  for (const file of candidates(names)) {
    const answer = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 });
    const product = productOf(`${answer.stdout}${answer.stderr}`);
    if (product === undefined) continue;
    if (isNewEnough(product)) return { found: { path: file, product }, rejected };
    rejected.push(`${file}: ${tooOld(product)}`);
  }
  return { rejected };
}

function candidates(names: readonly string[]): string[] {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean), ...MORE_FOLDERS];
  const files = names.flatMap((name) => folders.map((folder) => path.join(folder, name))).filter(isExecutable);
  // One program under several names, as in /bin and /usr/bin, is asked once.
  const seen = new Set<string>();
  return files.filter((file) => {
    const real = path.join(realpathSync(path.dirname(file)), path.basename(file));
    return !seen.has(real) && seen.add(real);
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
