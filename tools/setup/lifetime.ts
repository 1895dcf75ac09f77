import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { stopOrphans, stopOwnProcesses } from '../servers/index.ts';
import { codeOf, Problem } from '../servers/problem.ts';
import { HOLDFAST } from '../servers/paths.ts';
import { diskFull } from '../servers/startup-failure.ts';

type Ending = () => Promise<void> | void;

/** What a command has to undo before it may end, last begun first. */
export class Lifetime {
  /** Aborted by Ctrl-C, by a request to terminate and when the terminal goes away. */
  readonly signal: AbortSignal;
  /** Set by a command that is done with its work and only stays until it is told to go. */
  interruptionIsSuccess = false;
  private readonly controller = new AbortController();
  private readonly endings: Ending[] = [];

  constructor() {
    this.signal = this.controller.signal;
  }

  onEnd(ending: Ending): void {
    this.endings.push(ending);
  }

  interrupt(): void {
    this.controller.abort();
  }

  async end(): Promise<void> {
    for (let ending = this.endings.pop(); ending !== undefined; ending = this.endings.pop()) {
      await Promise.resolve(ending()).catch((error: unknown) => console.error(describe(error)));
    }
  }
}

/**
 * Runs a command and ends the process with the code it answers. Whatever the command began is undone before, also when it
 * fails or is interrupted; a `Problem` is shown as its sentence.
 */
export async function runCommand(command: (lifetime: Lifetime) => Promise<number>): Promise<never> {
  const lifetime = new Lifetime();
  const interrupted = interruption(lifetime);
  const reaper = startOrphanReaper();
  let code: number;
  try {
    await stopOrphans();
    code = await Promise.race([command(lifetime), interrupted]);
  } catch (error) {
    console.error(`\n${describe(error)}`);
    code = 1;
  }
  await lifetime.end();
  // An interrupted command may have been in the middle of starting something.
  await stopOwnProcesses();
  await reaper.release();
  process.exit(code);
}

/** A second Ctrl-C is not answered: npm and the terminal both pass the first one on, and every ending has its own limit. */
function interruption(lifetime: Lifetime): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (lifetime.signal.aborted) return;
        lifetime.interrupt();
        resolve(lifetime.interruptionIsSuccess ? 0 : 128 + constants.signals[signal]);
      });
    }
  });
}

function startOrphanReaper(): { release(): Promise<void> } {
  const script = path.join(import.meta.dirname, '../servers/orphan-reaper.ts');
  const child = spawn(process.execPath, [script, String(process.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  return {
    release: () =>
      new Promise((resolve) => {
        child.ref();
        child.once('exit', () => resolve());
        if (child.exitCode !== null || !child.kill('SIGKILL')) resolve();
      }),
  };
}

function describe(error: unknown): string {
  if (error instanceof Problem) return error.message;
  if (codeOf(error) === 'ENOSPC') return diskFull(HOLDFAST).message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
