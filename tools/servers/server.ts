import { setTimeout as pause } from 'node:timers/promises';
import { tailOf } from './log-tail.ts';
import type { Exit, ManagedProcess } from './managed-process.ts';
import { freePort } from './ports.ts';
import { PortInUse, Problem } from './problem.ts';
import { explainFailedStart } from './startup-failure.ts';

/** How one kind of server is run; every function may be called again after the server has ended. */
export interface ServerPlan {
  name: string;
  directory: string;
  logFile: string;
  stopGraceMs: number;
  launch(port: number): Promise<ManagedProcess>;
  /** Resolves when this very process answers at the port, rejects when it does not answer yet. */
  probe(port: number, pid: number): Promise<void>;
  url(port: number): string;
  /** Removes what the server leaves outside its directory. */
  cleanUp?(): void;
}

const READY_WITHIN_MS = 60_000;
const PROBE_EVERY_MS = 40;
const PORT_ATTEMPTS = 5;

/** A private database or Redis server of this clone. Its data outlives `kill` and `restart`. */
export class Server {
  readonly url: string;
  readonly port: number;
  readonly logFile: string;
  private readonly plan: ServerPlan;
  private current: ManagedProcess;

  private constructor(plan: ServerPlan, port: number, current: ManagedProcess) {
    this.plan = plan;
    this.port = port;
    this.url = plan.url(port);
    this.logFile = plan.logFile;
    this.current = current;
  }

  /** Without a port the system chooses one, again if another program was quicker to bind it. */
  static async start(plan: ServerPlan, port: number | undefined): Promise<Server> {
    if (port !== undefined) return new Server(plan, port, await launchAndWait(plan, port));
    for (let attempt = 1; ; attempt += 1) {
      const chosen = await freePort();
      try {
        return new Server(plan, chosen, await launchAndWait(plan, chosen));
      } catch (error) {
        if (!(error instanceof PortInUse) || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  get pid(): number {
    return this.current.pid;
  }

  get running(): boolean {
    return this.current.running;
  }

  /** Settles when the process that runs now has ended, for whatever reason. */
  get exited(): Promise<Exit> {
    return this.current.exited;
  }

  /** SIGKILL waits for the end; SIGSTOP freezes the server and SIGCONT lets it go on. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    await this.current.kill(signal);
  }

  /** Starts it again on the same port and the same data, after stopping it if it runs. */
  async restart(): Promise<void> {
    if (this.running) await this.current.stop(this.plan.stopGraceMs);
    this.current = await launchAndWait(this.plan, this.port);
  }

  async stop(): Promise<void> {
    if (this.running) await this.current.stop(this.plan.stopGraceMs);
    this.plan.cleanUp?.();
  }
}

async function launchAndWait(plan: ServerPlan, port: number): Promise<ManagedProcess> {
  const launched = await plan.launch(port);
  const ending = launched.exited.then(() => 'ended' as const);
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    const state = await Promise.race([ending, answers(plan, port, launched.pid)]);
    if (state === 'ready') return launched;
    if (state === 'ended') throw explainFailedStart({ ...plan, port, tail: tailOf(plan.logFile, 30) });
    await pause(PROBE_EVERY_MS);
  }
  await launched.kill('SIGKILL');
  throw new Problem(`${plan.name} did not answer within ${READY_WITHIN_MS / 1000} s: see ${plan.logFile}.`);
}

async function answers(plan: ServerPlan, port: number, pid: number): Promise<'ready' | 'not yet'> {
  return plan.probe(port, pid).then(
    () => 'ready',
    () => 'not yet',
  );
}
