import type { IndexEntry } from '@holdfast/domain';
import type { ReapedJob } from '@holdfast/persistence';
import type { Counts } from '../pass.ts';

export interface ReapPorts {
  readonly workers: {
    removeLostWorkers(): Promise<number>;
    reapOrphans(maxCrashes: number, limit: number): Promise<ReapedJob[]>;
  };
  readonly index: { add(entries: readonly IndexEntry[]): Promise<void> };
  readonly contact: { readonly unbrokenFor: number };
  readonly logger: { info(fields: object, message: string): void };
}

export interface ReapOptions {
  readonly leaseMs: number;
  readonly maxCrashes: number;
  readonly limit: number;
}

/**
 * Takes back what lost workers held. After an outage of MySQL every lease has run out, though every worker may be well:
 * so it waits for one unbroken lease first, in which the living renew theirs.
 */
export async function reapLostWorkers(ports: ReapPorts, options: ReapOptions, signal: AbortSignal): Promise<Counts> {
  if (ports.contact.unbrokenFor < options.leaseMs) return { workers: 0, jobs: 0 };
  const workers = await ports.workers.removeLostWorkers();
  let jobs = 0;
  while (!signal.aborted) {
    const reaped = await ports.workers.reapOrphans(options.maxCrashes, options.limit);
    for (const { id, to, crashes } of reaped)
      ports.logger.info({ jobId: id, to, crashes }, 'recovered: its worker was lost');
    await tellIndex(ports, reaped);
    jobs += reaped.length;
    if (reaped.length < options.limit) break;
  }
  return { workers, jobs };
}

async function tellIndex({ index }: ReapPorts, reaped: readonly ReapedJob[]): Promise<void> {
  const pending = reaped.filter(({ to }) => to === 'pending');
  if (pending.length > 0) await index.add(pending).catch(() => undefined); // reconcile-index finds them
}
