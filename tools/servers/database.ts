import { rmSync } from 'node:fs';
import path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { type Binary, findDatabaseBinary } from './binaries.ts';
import {
  baseOption,
  DATABASE_NAME,
  DATABASE_USER,
  type DatabaseFiles,
  prepareDatabaseFiles,
  runnableDatabaseBinary,
  userOption,
} from './database-files.ts';
import { ManagedProcess } from './managed-process.ts';
import { Problem } from './problem.ts';
import { Server, type ServerPlan } from './server.ts';

export interface ServerOptions {
  /** Where the server keeps its data and its log; made if it is not there. */
  directory: string;
  /** Chosen by the system unless given. */
  port?: number;
  /** Further options of the command line, which win over ours. */
  options?: readonly string[];
}

/**
 * Starts a private MariaDB or MySQL server from the machine's own binaries on 127.0.0.1. Its URL names a user who may do
 * everything, and an empty database. Throws a `Problem` with one sentence when it cannot be.
 */
export async function startDatabase(options: ServerOptions): Promise<Server> {
  const directory = path.resolve(options.directory);
  const { found, rejected } = findDatabaseBinary();
  if (found === undefined) throw new Problem(['No MariaDB or MySQL server is installed.', ...rejected].join(' '));
  const files = await prepareDatabaseFiles(directory, found);
  return Server.start(planFor(files, found, options.options), options.port);
}

function planFor(files: DatabaseFiles, binary: Binary, options: readonly string[] = []): ServerPlan {
  const url = (port: number): string => `mysql://${DATABASE_USER}:${files.password}@127.0.0.1:${port}/${DATABASE_NAME}`;
  return {
    name: 'the database server',
    directory: files.directory,
    logFile: files.logFile,
    stopGraceMs: 30_000,
    url,
    probe: async (port) => {
      const connection = await createConnection({ uri: url(port), connectTimeout: 2_000 });
      await connection.end();
    },
    launch: (port) =>
      ManagedProcess.launch({
        name: 'the database server',
        command: runnableDatabaseBinary(files, binary),
        args: [...serverArguments(files, binary, port), ...options],
        logFile: files.logFile,
        rank: 'database',
        marker: `--datadir=${files.data}`,
      }),
    cleanUp: () => {
      if (files.socketFolder !== files.directory) rmSync(files.socketFolder, { recursive: true, force: true });
    },
  };
}

function serverArguments(files: DatabaseFiles, binary: Binary, port: number): string[] {
  return [
    '--no-defaults',
    ...userOption(),
    ...baseOption(binary),
    `--datadir=${files.data}`,
    `--tmpdir=${files.temporary}`,
    `--socket=${path.join(files.socketFolder, 'socket')}`,
    `--pid-file=${path.join(files.directory, 'database.pid')}`,
    `--init-file=${files.initFile}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--skip-log-bin',
    '--character-set-server=utf8mb4',
    '--innodb-flush-log-at-trx-commit=1',
    '--innodb-buffer-pool-size=256M',
    '--max-connections=400',
    ...(binary.product.name === 'MySQL' ? ['--mysqlx=OFF', '--secure-file-priv=NULL'] : []),
  ];
}
