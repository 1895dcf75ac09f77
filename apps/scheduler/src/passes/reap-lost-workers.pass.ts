import type { IndexEntry, Opening, WorkerId } from '@holdfast/domain';
import type { ReapedJob } from '@holdfast/persistence';
import type { Counts } from '../pass.ts';

export interface ReapPorts {
  readonly workers: {
    removeLostWorkers(limit: number): Promise<WorkerId[]>;
    reapOrphans(maxCrashes: number, limit: number): Promise<ReapedJob[]>;
  };
  readonly index: {
    add(entries: readonly IndexEntry[]): Promise<void>;
    open(queue: string, openings: readonly Opening[]): Promise<void>;
    requestCancel(workerId: WorkerId): Promise<void>;
  };
  readonly contact: { readonly unbrokenFor: number };
  readonly logger: { info(fields: object, message: string): void };
}

export interface ReapOptions {
  readonly leaseMs: number;
  readonly maxCrashes: number;
  /** Workers given up in one run, so that what makes all of them look lost cannot take all of them at once. */
  readonly workersPerRun: number;
  /** Jobs taken back in one run. */
  readonly jobsPerRun: number;
  readonly batchSize: number;
}

/**
 * Takes back what lost workers held. After an outage of MySQL every lease has run out, though every worker may be well:
 * so it waits for one unbroken lease first, in which the living renew theirs, and then goes on at a bounded rate.
 */
export async function reapLostWorkers(ports: ReapPorts, options: ReapOptions, signal: AbortSignal): Promise<Counts> {
  if (ports.contact.unbrokenFor < options.leaseMs) return { workers: 0, jobs: 0 };
  const lost = await ports.workers.removeLostWorkers(options.workersPerRun);
  for (const id of lost) {
    ports.logger.info({ workerId: id }, 'a worker was lost');
    await ports.index.requestCancel(id).catch(() => undefined); // it may be alive, and cut off from MySQL alone
  }
  let jobs = 0;
  while (!signal.aborted && jobs < options.jobsPerRun) {
    const reaped = await ports.workers.reapOrphans(options.maxCrashes, options.batchSize);
    for (const { id, to, crashes } of reaped)
      ports.logger.info({ jobId: id, to, crashes }, 'recovered: its worker was lost');
    await tellIndex(ports, reaped);
    jobs += reaped.length;
    if (reaped.length < options.batchSize) break;
  }
  return { workers: lost.length, jobs };
}

async function tellIndex({ index }: ReapPorts, reaped: readonly ReapedJob[]): Promise<void> {
  for (const [queue, group] of Map.groupBy(reaped, (job) => job.queue)) {
    await index.open(queue, group.flatMap(freedBy)).catch(() => undefined); // gates are looked at again now and then
  }
  const pending = reaped.filter(({ to }) => to === 'pending');
  if (pending.length > 0) await index.add(pending).catch(() => undefined); // reconcile-index finds them
}

/** Whoever waits for the slot that it had taken may start. */
function freedBy({ tenant, concurrencyKey }: ReapedJob): Opening[] {
  const gates = [{ tenant }, ...(concurrencyKey === undefined ? [] : [{ tenant, concurrencyKey }])];
  return gates.map((gate) => ({ gate, room: 1, isRelative: true }));
}
