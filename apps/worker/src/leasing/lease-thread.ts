import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Database, DATABASE_DEFAULTS, renewLease } from '@holdfast/persistence';
import { monotonicNow } from './monotonic.ts';

export interface LeaseThreadData {
  readonly databaseUrl: string;
  readonly workerId: string;
  readonly leaseMs: number;
  readonly renewMs: number;
  /** Until when the lease is certain, on the monotonic clock: one number, written here and read by the main thread. */
  readonly heldUntil: SharedArrayBuffer;
}

export type LeaseMessage =
  | { readonly kind: 'renewed'; readonly cancelRequests: number }
  /** At `asked`, on the monotonic clock, MySQL was asked in vain. */
  | { readonly kind: 'failed'; readonly reason: string; readonly asked: number }
  /** Somebody else has taken this worker for dead. */
  | { readonly kind: 'lost' };

/** Renews one lease from a thread of its own, so that a handler that blocks its thread does not lose it. */
async function keepLease(data: LeaseThreadData): Promise<void> {
  const heldUntil = new Float64Array(data.heldUntil);
  const database = new Database({
    ...DATABASE_DEFAULTS,
    url: data.databaseUrl,
    connections: 1,
    acquireTimeoutMs: data.renewMs,
    statementTimeoutMs: data.renewMs,
  });
  for (;;) {
    const pause = await renewOnce(database, data, heldUntil);
    if (pause === undefined) break;
    await sleep(pause);
  }
  await database.close();
}

/** Certain is what was certain when the request left, not when its answer came. @returns undefined when the lease is lost */
async function renewOnce(
  database: Database,
  { workerId, leaseMs, renewMs }: LeaseThreadData,
  heldUntil: Float64Array,
): Promise<number | undefined> {
  const asked = monotonicNow();
  try {
    const lease = await renewLease(database, workerId, leaseMs);
    if (!lease) {
      tell({ kind: 'lost' });
      return undefined;
    }
    heldUntil[0] = asked + leaseMs;
    tell({ kind: 'renewed', cancelRequests: lease.cancelRequests });
    return Math.max(0, asked + renewMs - monotonicNow());
  } catch (error) {
    tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error), asked });
    return renewMs / 5;
  }
}

function tell(message: LeaseMessage): void {
  parentPort?.postMessage(message);
}

await keepLease(workerData as LeaseThreadData);
