import type { WorkerId } from '../job/scalars.ts';

export interface WorkerRegistration {
  readonly id: WorkerId;
  /** For people: host and process id. */
  readonly name: string;
  /** `*` alone means every queue. */
  readonly queues: readonly string[];
  readonly types: readonly string[];
  readonly capacity: number;
  readonly leaseMs: number;
}

/** How a worker's process is, told with every heartbeat. */
export interface WorkerVitals {
  /** The longest time, since the last heartbeat, for which its event loop stood still. */
  readonly blockedMs: number;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  /** Attempts since the process began. */
  readonly jobsStarted: number;
  readonly jobsEnded: number;
}

/** A lease belongs to the worker: one row, whatever it runs. Renewals go through the lease thread's own statement. */
export interface WorkerRegistry {
  register(worker: WorkerRegistration): Promise<void>;
  /** Ends the lease at once. Jobs still held then are reaped like those of a lost worker. */
  deregister(id: WorkerId): Promise<void>;
}
