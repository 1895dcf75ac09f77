import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { type Binary, findProgram } from './binaries.ts';
import { tailOf } from './log-tail.ts';
import { Problem } from './problem.ts';
import { diskFull, explainFailedStart } from './startup-failure.ts';

/** The files of one private database server. */
export interface DatabaseFiles {
  directory: string;
  data: string;
  /** A server that starts clears away what it takes for its own of an earlier life, so none shares this folder. */
  temporary: string;
  logFile: string;
  /** SQL that the server runs each time it starts: it makes our user and database. */
  initFile: string;
  /** Lies in the directory unless that path is too long for a socket; then in a folder of its own. */
  socketFolder: string;
  password: string;
}

export const DATABASE_NAME = 'holdfast';
export const DATABASE_USER = 'holdfast';

const NEEDED_BYTES = 300 * 1024 * 1024;
/** sockaddr_un holds 104 bytes on macOS and 108 on Linux; MySQL adds `.lock` to the name. */
const LONGEST_SOCKET_PATH = 97;

/** Makes the data directory if there is none. One that was only half made, because the disk filled up, is made again. */
export async function prepareDatabaseFiles(directory: string, binary: Binary): Promise<DatabaseFiles> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const files: DatabaseFiles = {
    directory,
    data: path.join(directory, 'data'),
    temporary: path.join(directory, 'tmp'),
    logFile: path.join(directory, 'database.log'),
    initFile: path.join(directory, 'init.sql'),
    socketFolder: socketFolderFor(directory),
    password: passwordIn(directory),
  };
  mkdirSync(files.temporary, { recursive: true });
  if (!existsSync(files.data)) await initialise(files, binary);
  writeFileSync(files.initFile, initSql(files.password, binary), { mode: 0o600 });
  return files;
}

/** Ubuntu's AppArmor profile lets mysqld write nowhere but in /var/lib/mysql; the profile is tied to the path of the binary. */
export function runnableDatabaseBinary(files: DatabaseFiles, binary: Binary): string {
  const profile = '/etc/apparmor.d/usr.sbin.mysqld';
  if (binary.product.name !== 'MySQL' || !existsSync(profile) || statSync(profile).size === 0) return binary.path;
  const copy = path.join(files.directory, 'mysqld');
  if (!existsSync(copy) || statSync(copy).size !== statSync(binary.path).size) copyFileSync(binary.path, copy);
  return copy;
}

/** A copied mysqld would look for its messages beside the copy. */
export function baseOption(binary: Binary): string[] {
  return binary.product.name === 'MySQL' ? [`--basedir=${path.dirname(path.dirname(binary.path))}`] : [];
}

/** As root the server must be told who it is; as anyone else it must not. */
export function userOption(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

async function initialise(files: DatabaseFiles, binary: Binary): Promise<void> {
  const { bavail, bsize } = await statfs(files.directory);
  if (bavail * bsize < NEEDED_BYTES) throw diskFull(files.directory);
  const fresh = `${files.data}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const [command, args] = initialiseCommand(fresh, files, binary);
  const code = await runLogged(command, args, files.logFile);
  if (code !== 0) {
    throw explainFailedStart({ ...files, name: 'the database server', port: 0, tail: tailOf(files.logFile, 30) });
  }
  renameSync(fresh, files.data);
}

function initialiseCommand(data: string, files: DatabaseFiles, binary: Binary): [string, string[]] {
  if (binary.product.name === 'MySQL') {
    const mysqld = runnableDatabaseBinary(files, binary);
    return [
      mysqld,
      ['--no-defaults', '--initialize-insecure', ...userOption(), ...baseOption(binary), `--datadir=${data}`],
    ];
  }
  const installer = findProgram('mariadb-install-db') ?? findProgram('mysql_install_db');
  if (installer === undefined) {
    throw new Problem(
      `${binary.path} is there but mariadb-install-db is not: install the whole MariaDB server package.`,
    );
  }
  // --force: a machine whose own name does not resolve, as in many containers, is good enough for 127.0.0.1.
  const args = [
    '--no-defaults',
    ...userOption(),
    `--datadir=${data}`,
    '--skip-test-db',
    '--skip-name-resolve',
    '--force',
  ];
  return [
    installer,
    [...args, '--auth-root-authentication-method=socket', `--auth-root-socket-user=${userInfo().username}`],
  ];
}

/** Each statement stands on one line, as --init-file wants it. */
function initSql(password: string, { product }: Binary): string {
  const user = `'${DATABASE_USER}'@'127.0.0.1'`;
  return [
    `CREATE DATABASE IF NOT EXISTS ${DATABASE_NAME};`,
    `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY '${password}';`,
    `GRANT ALL ON *.* TO ${user} WITH GRANT OPTION;`,
    // --initialize-insecure leaves root without a password; MariaDB's root comes in by its socket only.
    ...(product.name === 'MySQL' ? [`ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';`] : []),
    '',
  ].join('\n');
}

function passwordIn(directory: string): string {
  const file = path.join(directory, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(16).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

function socketFolderFor(directory: string): string {
  if (Buffer.byteLength(path.join(directory, 'socket')) <= LONGEST_SOCKET_PATH) return directory;
  return mkdtempSync(path.join(tmpdir(), 'holdfast-'));
}

function runLogged(command: string, args: readonly string[], logFile: string): Promise<number | null> {
  const log = openSync(logFile, 'a');
  const child = spawn(command, [...args], { stdio: ['ignore', log, log] });
  closeSync(log);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
}
