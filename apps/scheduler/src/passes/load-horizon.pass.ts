import type { Clock, IndexEntry, Instant } from '@holdfast/domain';
import type { PendingHead } from '@holdfast/persistence';
import type { Counts } from '../pass.ts';

export interface LoadPorts {
  readonly clock: Clock;
  readonly jobs: {
    findHeads(): Promise<PendingHead[]>;
    pages(queue: string, from: Instant, until: Instant, limit: number): AsyncGenerator<readonly IndexEntry[]>;
  };
  readonly index: { add(entries: readonly IndexEntry[]): Promise<void> };
  readonly watermark: { find(): Promise<Instant | undefined>; move(to: Instant): Promise<void> };
}

export interface LoadOptions {
  readonly horizonMs: number;
  readonly pageSize: number;
}

/** Indexes jobs whose due time has come within the horizon since the last run. */
export async function loadHorizon(ports: LoadPorts, options: LoadOptions, signal: AbortSignal): Promise<Counts> {
  const now = ports.clock.now();
  const until = now + options.horizonMs;
  const from = (await ports.watermark.find()) ?? now;
  const queues = new Set((await ports.jobs.findHeads()).map(({ queue }) => queue));
  let loaded = 0;
  for (const queue of queues) {
    for await (const page of ports.jobs.pages(queue, from, until, options.pageSize)) {
      if (signal.aborted) return { loaded };
      await ports.index.add(page);
      loaded += page.length;
    }
  }
  await ports.watermark.move(until);
  return { loaded };
}
