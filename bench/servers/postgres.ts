import { spawnSync } from 'node:child_process';
import { accessSync, chownSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ManagedProcess, Problem, Server } from '../../tools/servers/index.ts';
import { findProgram } from '../../tools/servers/binaries.ts';

const DEBIAN = '/usr/lib/postgresql';
const DATABASE = 'postgres';
const ROLE = 'bench';

/** Where `initdb` and `postgres` are, or undefined. */
export function findPostgres(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folder = versions.map((version) => path.join(DEBIAN, version, 'bin')).find((bin) => hasServer(bin));
  if (folder !== undefined) return folder;
  const initdb = findProgram('initdb');
  return initdb === undefined ? undefined : path.dirname(initdb);
}

/**
 * A private PostgreSQL cluster with its default durability (fsync and synchronous_commit on), on 127.0.0.1. PostgreSQL
 * refuses to run as root: then it runs as the user that its package made.
 */
export async function startPostgres(parent: string): Promise<Server> {
  const bin = findPostgres();
  if (bin === undefined) throw new Problem('No PostgreSQL is installed.');
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  const directory = homeFor(parent, user);
  const data = path.join(directory, 'data');
  const initialise = ['-D', data, '-U', ROLE, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions'];
  const [command, ...args] = as(user, [path.join(bin, 'initdb'), ...initialise]);
  const made = spawnSync(command ?? '', args, { encoding: 'utf8', cwd: directory });
  if (made.status !== 0) throw new Problem(`initdb failed: ${made.stderr}${made.stdout}`);
  const logFile = path.join(parent, 'postgres.log');
  const url = (port: number): string => `postgres://${ROLE}@127.0.0.1:${port}/${DATABASE}`;
  return Server.start(
    {
      name: 'the PostgreSQL server',
      directory,
      logFile,
      stopGraceMs: 10_000,
      url,
      probe: (port) => probe(bin, port),
      launch: (port) => launch(as(user, [path.join(bin, 'postgres'), ...settings(data, port)]), directory, logFile),
    },
    undefined,
  );
}

function settings(data: string, port: number): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    // As much memory as our MariaDB has; everything else is PostgreSQL's default.
    shared_buffers: '256MB',
  };
  return ['-D', data, ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function launch(
  [command = '', ...args]: readonly string[],
  directory: string,
  logFile: string,
): Promise<ManagedProcess> {
  const name = 'the PostgreSQL server';
  return ManagedProcess.launch({ name, command, args, cwd: directory, logFile, rank: 'database', marker: directory });
}

function probe(bin: string, port: number): Promise<void> {
  const answer = spawnSync(path.join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]);
  return answer.status === 0 ? Promise.resolve() : Promise.reject(new Error('not yet'));
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

function unprivilegedUser(): User {
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout),
  );
  if (!uid || !gid) throw new Problem('PostgreSQL does not run as root, and there is no user named postgres: add one.');
  return { uid, gid };
}

/** setpriv replaces itself by the server, so that the process we know is the server. */
function as(user: User | undefined, command: readonly string[]): string[] {
  if (user === undefined) return [...command];
  return ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', ...command];
}

/** In the clone where that user may get there, else beside other temporary files. */
function homeFor(parent: string, user: User | undefined): string {
  const own = path.join(parent, 'postgres');
  mkdirSync(own, { recursive: true, mode: 0o700 });
  if (user === undefined) return own;
  chownSync(own, user.uid, user.gid);
  const [command = '', ...args] = as(user, ['test', '-w', own]);
  if (spawnSync(command, args).status === 0) return own;
  const elsewhere = mkdtempSync(path.join(tmpdir(), 'holdfast-postgres-'));
  chownSync(elsewhere, user.uid, user.gid);
  return elsewhere;
}

function hasServer(bin: string): boolean {
  try {
    accessSync(path.join(bin, 'postgres'), constants.X_OK);
    accessSync(path.join(bin, 'initdb'), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
