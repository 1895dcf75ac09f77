import { fork, type ChildProcess } from 'node:child_process';
import { ABANDON_AFTER_MS, stopReason, type Attempt, type Ending } from '../running/attempt.ts';
import type { Order, Report } from './messages.ts';

const MAIN = new URL('./isolated-main.js', import.meta.url);
/** It answers by itself after ABANDON_AFTER_MS, unless a handler blocks it. */
const KILL_AFTER_MS = ABANDON_AFTER_MS + 1_000;

/** The worker's end of a process in which handlers are called that may end it. */
export class IsolatedProcess {
  private readonly endings = new Map<number, (ending: Ending) => void>();
  private calls = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('error', () => undefined); // whatever went wrong, it ends, and that is seen
    child.on('message', (report: Report) => report.kind === 'ended' && this.endings.get(report.call)?.(report.ending));
    child.once('exit', (code, signal) => {
      const error = { name: 'ProcessCrashed', message: howItEnded(code, signal) };
      for (const end of this.endings.values()) end({ kind: 'crashed', error });
    });
  }

  /** Resolves when it can be called; rejects if it ends at its start. */
  static async start(): Promise<IsolatedProcess> {
    const child = fork(MAIN);
    await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(howItEnded(code, signal))));
    });
    child.removeAllListeners();
    return new IsolatedProcess(child);
  }

  get isAlive(): boolean {
    const { connected, killed, exitCode, signalCode } = this.child;
    return connected && !killed && exitCode === null && signalCode === null;
  }

  /** Calls the job's handler there. A process that does not heed a stop is killed. */
  async call(attempt: Attempt): Promise<Ending> {
    const { signal } = attempt.stop;
    const call = ++this.calls;
    let kill: NodeJS.Timeout | undefined;
    const stop = (): void => {
      this.send({ kind: 'stop', call, reason: stopReason(attempt) ?? 'shutdown' });
      kill = setTimeout(() => this.child.kill('SIGKILL'), KILL_AFTER_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      const ending = new Promise<Ending>((resolve) => this.endings.set(call, resolve));
      this.send({ kind: 'call', call, job: attempt.job, workerId: attempt.workerId });
      return await ending;
    } finally {
      this.endings.delete(call);
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

  private send(order: Order): void {
    this.child.send(order, () => undefined); // a process that cannot be told has ended
  }
}

function howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
  return `The process that ran this job apart from its worker ended: ${signal ?? `exit code ${code ?? 'unknown'}`}.`;
}
