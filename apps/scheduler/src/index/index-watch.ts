import type { IndexRecord } from '@holdfast/persistence';
import type { IndexFault, IndexListeners } from '@holdfast/queue';
import { Loop } from '@holdfast/runtime';
import type { Rebuilds } from './rebuilds.ts';

export interface WatchPorts {
  readonly records: { findAll(): Promise<IndexRecord[]> };
  readonly index: { inspect(queue: string, generation: number): Promise<IndexFault | 'ready'> };
  readonly rebuilds: Pick<Rebuilds, 'begin' | 'stop'>;
  /** @returns how to stop listening */
  readonly listen: (listeners: IndexListeners) => () => void;
}

const INSPECT_EVERY_MS = 1_000;
const RELOAD_RECORDS_MS = 5_000;

/** Looks every second, and whenever a worker says so, whether a queue's index was lost, and has it rebuilt. */
export class IndexWatch {
  private records: readonly IndexRecord[] = [];
  private reloadAt = 0;
  private stopListening: (() => void) | undefined;
  /** By queue, the first thing that was found wrong: what is found later follows from it. */
  private readonly causes = new Map<string, IndexFault>();
  private readonly loop = new Loop({ round: () => this.inspectAll(), onError: () => (this.reloadAt = 0) });

  constructor(private readonly ports: WatchPorts) {}

  start(): void {
    this.stopListening = this.ports.listen({ lost: () => this.loop.nudge(), changed: () => this.loop.nudge() });
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.stopListening?.();
    await Promise.all([this.loop.stop(), this.ports.rebuilds.stop()]);
  }

  private async inspectAll(): Promise<number> {
    if (performance.now() >= this.reloadAt) await this.reload();
    const faults = await Promise.all(this.records.map((record) => this.inspect(record)));
    if (faults.some((fault) => fault !== 'ready')) this.reloadAt = 0; // their records change now
    return INSPECT_EVERY_MS;
  }

  private async reload(): Promise<void> {
    this.records = await this.ports.records.findAll();
    this.reloadAt = performance.now() + RELOAD_RECORDS_MS;
  }

  private async inspect({ queue, generation }: IndexRecord): Promise<IndexFault | 'ready' | 'away'> {
    const fault = await this.ports.index.inspect(queue, generation).catch(() => 'away' as const);
    if (fault === 'ready') this.causes.delete(queue);
    if (fault === 'ready' || fault === 'away') return fault;
    const cause = this.causes.get(queue) ?? fault;
    this.causes.set(queue, cause);
    if (fault !== 'unwritable') this.ports.rebuilds.begin({ queue, cause });
    return fault;
  }
}
