import { existsSync, renameSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Exit, freePort, ManagedProcess, tailOf } from '../servers/index.ts';
import { HEAP_FLAGS } from '../servers/heap-flags.ts';
import { HOLDFAST, ROOT } from '../servers/paths.ts';
import { whyPortIsTaken } from '../servers/ports.ts';
import { Problem } from '../servers/problem.ts';
import type { Environment } from './environment.ts';
import { parseDuration } from './duration.ts';

export interface Application {
  name: 'api' | 'scheduler' | 'worker';
  variable: 'API_PORT' | 'SCHEDULER_PORT' | 'WORKER_PORT';
  port: number;
}

export const APPLICATIONS: readonly Application[] = [
  { name: 'api', variable: 'API_PORT', port: 3000 },
  { name: 'scheduler', variable: 'SCHEDULER_PORT', port: 3001 },
  { name: 'worker', variable: 'WORKER_PORT', port: 3002 },
];

const READY_WITHIN_MS = 60_000;
/**
 * Gives each application its port. A default that is taken is replaced by a free one and told to `say`; a port that the user
 * chose is not: that is a `Problem`.
 */
export async function choosePorts(environment: Environment, say: (line: string) => void): Promise<Application[]> {
  const chosen: Application[] = [];
  for (const application of APPLICATIONS) {
    const port = await portFor(application, environment[application.variable], chosen);
    if (port !== application.port && environment[application.variable] === undefined) {
      say(
        `Port ${application.port} is in use: the ${application.name} listens on ${port}. Set ${application.variable} to choose.`,
      );
    }
    chosen.push({ ...application, port });
  }
  return chosen;
}

async function portFor(
  application: Application,
  given: string | undefined,
  chosen: readonly Application[],
): Promise<number> {
  const { variable } = application;
  const isTaken = (port: number): boolean => chosen.some((other) => other.port === port);
  if (given === undefined) {
    const free = !isTaken(application.port) && (await whyPortIsTaken(application.port)) === undefined;
    return free ? application.port : freePort();
  }
  // As for the applications themselves, 0 means: any that is free.
  if (given === '0') return freePort();
  const port = Number(given);
  if (!/^\d+$/.test(given) || port > 65_535) throw new Problem(`${variable} ${given} is not a port: give 0 to 65535.`);
  const owner = chosen.find((other) => other.port === port);
  if (owner !== undefined)
    throw new Problem(`${variable} ${port} is also the port of the ${owner.name}: give each its own.`);
  const reason = await whyPortIsTaken(port);
  if (reason === 'EACCES')
    throw new Problem(`${variable} ${port} may not be used by this user: choose a port above 1023.`);
  if (reason !== undefined)
    throw new Problem(`${variable} ${port} is in use by another program: stop it, or choose another port.`);
  return port;
}

export function logFileOf({ name }: Application): string {
  return path.join(HOLDFAST, 'logs', `${name}.log`);
}

export async function launchApplication(application: Application, env: NodeJS.ProcessEnv): Promise<ManagedProcess> {
  const program = path.join(ROOT, 'apps', application.name, 'dist', 'main.js');
  if (!existsSync(program)) throw new Problem(`The build left no ${program}.`);
  const logFile = logFileOf(application);
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
  return ManagedProcess.launch({
    name: application.name,
    command: process.execPath,
    args: ['--enable-source-maps', ...HEAP_FLAGS, program],
    env,
    cwd: ROOT,
    logFile,
    rank: 'program',
    marker: program,
  });
}

/** Waits longer than SHUTDOWN_GRACE, so that a worker hands its jobs back before it is killed. */
export async function stopApplication(running: ManagedProcess): Promise<void> {
  const grace = parseDuration('SHUTDOWN_GRACE', running.spec.env?.['SHUTDOWN_GRACE'] ?? '25s');
  if (running.running) await running.stop(grace + 10_000);
}

/** Resolves when /health/ready answers 200; throws a `Problem` with the end of the log when the application dies before. */
export async function waitUntilReady(application: Application, running: ManagedProcess): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (!running.running) throw died(application, await running.exited);
    if (await isReady(application.port)) return;
    await pause(50);
  }
  throw new Problem(
    `The ${application.name} was not ready within ${READY_WITHIN_MS / 1000} s.\n${logEnd(application)}`,
  );
}

export function died(application: Application, { code, signal }: Exit): Problem {
  const how = signal ?? `code ${code ?? 'unknown'}`;
  return new Problem(`The ${application.name} ended unexpectedly (${how}).\n${logEnd(application)}`);
}

function logEnd(application: Application): string {
  const file = logFileOf(application);
  return [`The end of ${file}:`, ...tailOf(file, 12).map((line) => `    ${line}`)].join('\n');
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(5_000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
