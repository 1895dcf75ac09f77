import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HEAP_FLAGS } from '../../tools/servers/heap-flags.ts';
import { freePort, HOLDFAST, ManagedProcess, tailOf, type Exit } from '../../tools/servers/index.ts';
import { until } from './until.ts';

export type ProgramName = 'api' | 'scheduler' | 'worker';

const ROOT = path.resolve(import.meta.dirname, '../..');
const READY_WITHIN_MS = 30_000;
/** There is no load balancer that must be given time, and programs start many times. */
const ENVIRONMENT = {
  PATH: process.env['PATH'],
  LOG_LEVEL: 'debug',
  DRAIN_DELAY: '0s',
  NODE_COMPILE_CACHE: path.join(HOLDFAST, 'compiled'),
};

/** How a program is started other than as it is shipped. */
export interface Launch {
  /** The folder that holds apps/ and libs/ with what was built; the clone itself unless given. */
  readonly build?: string;
  /** Modules that Node loads before the program. */
  readonly preload?: readonly string[];
}

/** A worker that also has the handlers of trial-handlers.ts. */
export const WITH_TRIAL_HANDLERS: Launch = { preload: [path.join(import.meta.dirname, 'trial-handlers.ts')] };

/** One real process of the built system. */
export class Program {
  readonly name: ProgramName;
  readonly url: string;
  private readonly process: ManagedProcess;
  readonly logFile: string;

  private constructor(name: ProgramName, url: string, launched: ManagedProcess, logFile: string) {
    this.name = name;
    this.url = url;
    this.process = launched;
    this.logFile = logFile;
  }

  /** Resolves when the process says that it is ready. */
  static async start(
    name: ProgramName,
    directory: string,
    settings: NodeJS.ProcessEnv,
    launch: Launch = {},
  ): Promise<Program> {
    const program = await Program.launch(name, directory, settings, launch);
    await program.untilReady().catch(async (error: unknown) => {
      await program.kill();
      throw error;
    });
    return program;
  }

  /** Resolves when the process exists. */
  static async launch(
    name: ProgramName,
    directory: string,
    settings: NodeJS.ProcessEnv,
    { build = ROOT, preload = [] }: Launch = {},
  ): Promise<Program> {
    const port = await freePort();
    const logFile = path.join(directory, `${name}-${port}.log`);
    const main = path.join(build, 'apps', name, 'dist', 'main.js');
    const launched = await ManagedProcess.launch({
      name,
      command: process.execPath,
      args: [...HEAP_FLAGS, ...preload.map((file) => `--import=${file}`), main],
      env: { ...ENVIRONMENT, ...settings, [`${name.toUpperCase()}_PORT`]: String(port) },
      logFile,
      rank: 'program',
      marker: main,
    });
    return new Program(name, `http://127.0.0.1:${port}`, launched, logFile);
  }

  get pid(): number {
    return this.process.pid;
  }

  get running(): boolean {
    return this.process.running;
  }

  /** Settles when the process has ended, for whatever reason. */
  get exited(): Promise<Exit> {
    return this.process.exited;
  }

  /** Like a crash of the machine: nothing is finished or handed back. */
  async kill(): Promise<void> {
    await this.process.kill('SIGKILL');
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    await this.process.kill(signal);
  }

  async stop(graceMs = 40_000): Promise<Exit> {
    return this.process.stop(graceMs);
  }

  /** Every line that it has logged so far, but not one that it is about to end. */
  log(): Record<string, unknown>[] {
    const lines = readFileSync(this.logFile, 'utf8').split('\n').slice(0, -1);
    return lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
  }

  async untilReady(): Promise<void> {
    const ready = async (): Promise<boolean> => {
      if (!this.running) throw new Error(`${this.name} ended at its start:\n${tailOf(this.logFile, 20).join('\n')}`);
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      return answer?.status === 200;
    };
    await until(`${this.name} is ready`, ready, READY_WITHIN_MS);
  }
}
