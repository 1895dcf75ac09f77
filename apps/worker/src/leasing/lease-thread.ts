import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Database, DATABASE_DEFAULTS, renewLease } from '@holdfast/persistence/lease';
import { directLogger } from '@holdfast/runtime/direct-logger';
import { LoopWatch } from './loop-watch.ts';
import { monotonicNow } from './monotonic.ts';
import { Vitals } from './vitals.ts';

export interface LeaseThreadData {
  readonly databaseUrl: string;
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly logLevel: string;
  readonly types: readonly string[];
  readonly vitals: SharedArrayBuffer;
}

/** What the main thread asks for: renew this lease from now on, and no other; undefined: none. */
export interface LeaseToKeep {
  readonly workerId: string;
  /** Until when the lease is certain, on the monotonic clock: one number, written here and read by the main thread. */
  readonly heldUntil: SharedArrayBuffer;
}

export type LeaseMessage =
  /** Once, when it has started. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'renewed'; readonly workerId: string; readonly cancelRequests: number }
  /** At `asked`, on the monotonic clock, MySQL was asked in vain. */
  | { readonly kind: 'failed'; readonly workerId: string; readonly reason: string; readonly asked: number }
  /** Somebody else has taken this worker for dead. */
  | { readonly kind: 'lost'; readonly workerId: string };

/** Renews leases, one after another, from a thread of its own, so that a handler that blocks its thread does not lose one. */
class LeaseThread {
  private readonly database: Database;
  private readonly vitals: Vitals;
  private readonly loop: LoopWatch;
  private current: LeaseToKeep | undefined;

  constructor(private readonly data: LeaseThreadData) {
    const { databaseUrl: url, renewMs } = data;
    // It asks again by itself, and the main thread must hear of a failure before the lease has run out.
    const patience = { acquireTimeoutMs: renewMs, statementTimeoutMs: renewMs, transactionAttempts: 1 };
    this.database = new Database({ ...DATABASE_DEFAULTS, url, connections: 1, ...patience });
    this.vitals = new Vitals(data.types, data.vitals);
    this.loop = new LoopWatch(this.vitals, directLogger('worker', data.logLevel));
  }

  start(): void {
    this.loop.start();
    parentPort?.on('message', (lease: LeaseToKeep | undefined) => void this.keep(lease));
    tell({ kind: 'ready' });
  }

  private async keep(lease: LeaseToKeep | undefined): Promise<void> {
    this.current = lease;
    while (lease && this.current === lease) {
      const pause = await this.renewOnce(lease);
      if (pause === undefined) return;
      await sleep(pause);
    }
  }

  /** Certain is what was certain when the request left, not when its answer came. @returns undefined when the lease is lost */
  private async renewOnce({ workerId, heldUntil }: LeaseToKeep): Promise<number | undefined> {
    const { leaseMs, renewMs } = this.data;
    const asked = monotonicNow();
    try {
      const lease = await renewLease(this.database, workerId, leaseMs, this.vitals.read(this.loop.takeLongest()));
      if (!lease) {
        tell({ kind: 'lost', workerId });
        return undefined;
      }
      new Float64Array(heldUntil)[0] = asked + leaseMs;
      tell({ kind: 'renewed', workerId, cancelRequests: lease.cancelRequests });
      return Math.max(0, asked + renewMs - monotonicNow());
    } catch (error) {
      tell({ kind: 'failed', workerId, reason: error instanceof Error ? error.message : String(error), asked });
      return renewMs / 5;
    }
  }
}

function tell(message: LeaseMessage): void {
  parentPort?.postMessage(message);
}

new LeaseThread(workerData as LeaseThreadData).start();
