import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { messageOf, Problem } from './problem.ts';
import { forgetProcess, recordProcess, signalRecorded, type StopRank } from './process-records.ts';

export interface ProcessSpec {
  /** As a person would call it, for messages: `api`, `the database server`. */
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment of the process. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Standard output and standard error are appended here. */
  logFile: string;
  rank: StopRank;
  /** A word of the command line that tells this process from every other one on the machine. */
  marker: string;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A child in a session of its own, so that Ctrl-C in the terminal reaches the tool alone and the tool decides the order. */
export class ManagedProcess {
  readonly spec: ProcessSpec;
  readonly pid: number;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
  private hasExited = false;

  private constructor(spec: ProcessSpec, child: ChildProcess, pid: number) {
    this.spec = spec;
    this.pid = pid;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.hasExited = true;
        forgetProcess(pid);
        resolve({ code, signal });
      });
    });
  }

  static async launch(spec: ProcessSpec): Promise<ManagedProcess> {
    mkdirSync(path.dirname(spec.logFile), { recursive: true });
    const log = openSync(spec.logFile, 'a');
    const child = spawn(spec.command, [...spec.args], {
      detached: true,
      stdio: ['ignore', log, log],
      env: spec.env ?? process.env,
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    });
    closeSync(log);
    return new ManagedProcess(spec, child, await pidOf(child, spec));
  }

  get running(): boolean {
    return !this.hasExited;
  }

  /** Sends a signal and, when it is one that nothing survives, waits for the end. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.send(signal);
    if (signal === 'SIGKILL') await this.exited;
  }

  /** Asks it to end, and kills it if it has not within the grace. */
  async stop(graceMs: number): Promise<Exit> {
    this.send('SIGCONT');
    this.send('SIGTERM');
    const timer = setTimeout(() => this.send('SIGKILL'), graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  private send(signal: NodeJS.Signals): void {
    if (this.hasExited) return;
    signalRecorded(this.pid, this.spec.rank, signal);
  }
}

function pidOf(child: ChildProcess, spec: ProcessSpec): Promise<number> {
  if (child.pid !== undefined) {
    recordProcess(child.pid, spec.rank, spec.marker);
    return Promise.resolve(child.pid);
  }
  return new Promise((_, reject) => {
    child.once('error', (error) => reject(new Problem(`Cannot run ${spec.command}: ${messageOf(error)}.`)));
  });
}
