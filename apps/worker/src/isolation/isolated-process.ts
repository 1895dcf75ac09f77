import { fork, type ChildProcess } from 'node:child_process';
import { ABANDON_AFTER_MS, stopReason, type Attempt, type Ending } from '../running/attempt.ts';
import type { Order, Report } from './messages.ts';

const MAIN = new URL('./isolated-main.js', import.meta.url);
/** It answers by itself after ABANDON_AFTER_MS, unless the handler blocks it. */
const KILL_AFTER_MS = ABANDON_AFTER_MS + 1_000;

/** The worker's end of a process in which a handler is alone. */
export class IsolatedProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves when it can be called; rejects if it ends at its start. */
  static async start(): Promise<IsolatedProcess> {
    const child = fork(MAIN);
    await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(howItEnded(code, signal))));
    });
    child.removeAllListeners();
    child.on('error', () => undefined); // whatever went wrong, it ends, and that is seen
    return new IsolatedProcess(child);
  }

  get isAlive(): boolean {
    return this.child.connected && !this.child.killed;
  }

  /** Calls the job's handler there. A process that does not heed a stop is killed. */
  async call(attempt: Attempt): Promise<Ending> {
    const { signal } = attempt.stop;
    let kill: NodeJS.Timeout | undefined;
    const stop = (): void => {
      this.send({ kind: 'stop', reason: stopReason(attempt) ?? 'shutdown' });
      kill = setTimeout(() => this.child.kill('SIGKILL'), KILL_AFTER_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      const ending = this.nextEnding();
      this.send({ kind: 'call', job: attempt.job, workerId: attempt.workerId });
      return await ending;
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(kill);
    }
  }

  /** It is idle: it ends by itself. */
  dismiss(): void {
    if (this.child.connected) this.child.disconnect();
  }

  /** Whatever it still does, it does in vain. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  private nextEnding(): Promise<Ending> {
    return new Promise((resolve) => {
      const onExit = (code: number | null, signal: NodeJS.Signals | null): void =>
        resolve({ kind: 'crashed', error: { name: 'ProcessCrashed', message: howItEnded(code, signal) } });
      this.child.once('exit', onExit);
      this.child.once('message', (report: Report) => {
        this.child.off('exit', onExit);
        if (report.kind !== 'ready') resolve(report);
      });
    });
  }

  private send(order: Order): void {
    this.child.send(order, () => undefined); // a process that cannot be told has ended
  }
}

function howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
  return `The process that ran this job alone ended: ${signal ?? `exit code ${code ?? 'unknown'}`}.`;
}
