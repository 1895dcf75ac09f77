import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { tailOf } from '../../tools/servers/index.ts';
import { forgetProcess, recordProcess, signalRecorded } from '../../tools/servers/process-records.ts';
import type { Answer, Request } from './serve.ts';

export interface PartSpec {
  /** A script under bench/. */
  readonly script: string;
  /** Node's own, before the script. */
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Where its output goes. */
  readonly directory: string;
}

const BENCH = path.resolve(import.meta.dirname, '..');
let started = 0;

/** A process of its own that answers calls: a peer, its worker, a load generator, or one of Holdfast's programs. */
export class Part {
  readonly pid: number;
  readonly logFile: string;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private readonly ended: Promise<void>;
  private calls = 0;

  private constructor(child: ChildProcess, pid: number, logFile: string) {
    this.child = child;
    this.pid = pid;
    this.logFile = logFile;
    child.on('message', (answer: Answer) => this.onAnswer(answer));
    child.on('error', () => this.failAll());
    this.ended = new Promise((resolve) => {
      child.once('exit', () => {
        forgetProcess(pid);
        this.failAll();
        resolve();
      });
    });
  }

  /** Resolves when the part says that it serves. */
  static async start({ script, flags = [], args = [], env = {}, directory }: PartSpec): Promise<Part> {
    const file = path.join(BENCH, script);
    const logFile = path.join(directory, `${path.basename(script, '.ts')}-${++started}.log`);
    const log = openSync(logFile, 'a');
    const child = spawn(process.execPath, [...flags, file, ...args], {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
    });
    closeSync(log);
    if (child.pid === undefined) throw new Error(`Cannot start ${file}.`);
    recordProcess(child.pid, 'program', file);
    const part = new Part(child, child.pid, logFile);
    await part.answerTo(0);
    return part;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async call<T>(call: string, ...args: readonly unknown[]): Promise<T> {
    const id = ++this.calls;
    const answered = this.answerTo(id);
    if (!this.child.connected) this.failAll();
    else this.child.send({ id, call, args } satisfies Request);
    return (await answered) as T;
  }

  /** Asks it to end, and kills it if it has not within the grace. */
  async stop(graceMs = 30_000): Promise<void> {
    if (!this.running) return;
    signalRecorded(this.pid, 'program', 'SIGTERM');
    const timer = setTimeout(() => signalRecorded(this.pid, 'program', 'SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }

  private answerTo(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private onAnswer({ id, value, error }: Answer): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(`${path.basename(this.logFile)}: ${error}`));
  }

  private failAll(): void {
    const tail = tailOf(this.logFile, 15).join('\n');
    for (const caller of this.waiting.values())
      caller.reject(new Error(`A part ended too soon, ${this.logFile}:\n${tail}`));
    this.waiting.clear();
  }
}
