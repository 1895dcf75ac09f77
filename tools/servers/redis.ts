import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import { type Binary, findRedisBinary } from './binaries.ts';
import type { ServerOptions } from './database.ts';
import { ManagedProcess } from './managed-process.ts';
import { Problem } from './problem.ts';
import { Server, type ServerPlan } from './server.ts';

export interface RedisOptions extends ServerOptions {
  /** Keeps its keys over a restart; without it a restarted server is empty. */
  persistent?: boolean;
  /** Further options of the server. */
  options?: readonly string[];
}

/** Starts a private Redis or Valkey server from the machine's own binaries on 127.0.0.1. */
export async function startRedis(options: RedisOptions): Promise<Server> {
  const directory = path.resolve(options.directory);
  const { found, rejected } = findRedisBinary();
  if (found === undefined) throw new Problem(['No Redis or Valkey server is installed.', ...rejected].join(' '));
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return Server.start(planFor(directory, found, options), options.port);
}

function planFor(directory: string, binary: Binary, { persistent = false, options = [] }: RedisOptions): ServerPlan {
  const logFile = path.join(directory, 'redis.log');
  return {
    name: 'the Redis server',
    directory,
    logFile,
    stopGraceMs: 5_000,
    url: (port) => `redis://127.0.0.1:${port}`,
    probe: (port, pid) => answersAs(port, pid),
    launch: (port) =>
      ManagedProcess.launch({
        name: 'the Redis server',
        command: binary.path,
        args: [...serverArguments(directory, port, persistent), ...options],
        logFile,
        rank: 'index',
        marker: `--dir ${directory} `,
      }),
  };
}

function serverArguments(directory: string, port: number, persistent: boolean): string[] {
  const options: [string, string][] = [
    ['--dir', directory],
    ['--bind', '127.0.0.1'],
    ['--port', String(port)],
    ['--save', ''],
    ['--appendonly', persistent ? 'yes' : 'no'],
    // Its command line must go on naming this clone, or a later start could not tell it from another Redis.
    ['--set-proc-title', 'no'],
  ];
  return options.flat();
}

/** Another Redis may have taken the port first: only the one with our process number counts. */
function answersAs(port: number, pid: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port }, () => socket.write('INFO server\r\n'));
    let answer = '';
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8');
      if (!/process_id:\d+\r\n/.test(answer)) return;
      socket.end();
      if (answer.includes(`process_id:${pid}\r\n`)) resolve();
      else reject(new Error('another Redis answers'));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
  });
}
