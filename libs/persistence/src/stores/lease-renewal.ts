import type { WorkerId, WorkerVitals } from '@holdfast/domain';
import type { Database, Row } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { RENEW_LEASE, SELECT_LEASE } from '../statements/lease.ts';

export interface Lease {
  /** Grows when somebody wants a job of this worker cancelled. */
  readonly cancelRequests: number;
}

/** One heartbeat: two statements on one row, however many jobs run. @returns undefined when the lease is lost for good */
export async function renewLease(
  database: Database,
  id: WorkerId,
  leaseMs: number,
  vitals: WorkerVitals,
): Promise<Lease | undefined> {
  const { blockedMs, rssBytes, heapUsedBytes, jobsStarted, jobsEnded } = vitals;
  const told = [blockedMs, rssBytes, heapUsedBytes, jobsStarted, jobsEnded];
  const renewed = await database.change(RENEW_LEASE, [leaseMs * 1000, ...told, toBytes(id)]);
  if (renewed === 0) return undefined;
  const [row] = await database.rows<Row & { cancel_requests: number }>(SELECT_LEASE, [toBytes(id)]);
  return row && { cancelRequests: row.cancel_requests };
}
