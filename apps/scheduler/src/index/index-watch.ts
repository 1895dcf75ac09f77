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
/** Looked at between two rounds of all, one after another, so that a report costs the same however many queues there are. */
const SUSPECTS_AT_ONCE = 10;

/** Looks every second, and at a queue that a worker reports at once, whether its index was lost, and has it rebuilt. */
export class IndexWatch {
  private records: readonly IndexRecord[] = [];
  private reloadAt = 0;
  private inspectAllAt = 0;
  /** Reported, or found lost and not known to be built since. */
  private readonly suspects = new Set<string>();
  private stopListening: (() => void) | undefined;
  /** By queue, the first thing that was found wrong: what is found later follows from it. */
  private readonly causes = new Map<string, IndexFault>();
  private readonly loop = new Loop({ round: () => this.inspectDue(), onError: () => (this.reloadAt = 0) });

  constructor(private readonly ports: WatchPorts) {}

  start(): void {
    this.stopListening = this.ports.listen({
      lost: (queue) => this.onReported(queue),
      changed: () => this.onChanged(),
    });
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.stopListening?.();
    await Promise.all([this.loop.stop(), this.ports.rebuilds.stop()]);
  }

  private onReported(queue: string): void {
    this.suspects.add(queue);
    this.loop.nudge();
  }

  private onChanged(): void {
    this.inspectAllAt = 0;
    this.loop.nudge();
  }

  private async inspectDue(): Promise<number> {
    if (performance.now() >= this.reloadAt) await this.reload();
    const faults = await Promise.all(this.recordsToInspect().map((record) => this.inspect(record)));
    if (faults.some((fault) => fault !== 'ready')) this.reloadAt = 0; // their records change now
    return this.inspectAllAt - performance.now();
  }

  /** A queue that MySQL does not know has no index: whoever reports it is mistaken. */
  private recordsToInspect(): readonly IndexRecord[] {
    if (performance.now() >= this.inspectAllAt) {
      this.inspectAllAt = performance.now() + INSPECT_EVERY_MS;
      return this.records;
    }
    const suspects = [...this.suspects].slice(0, SUSPECTS_AT_ONCE);
    for (const queue of suspects) this.suspects.delete(queue);
    return this.records.filter(({ queue }) => suspects.includes(queue));
  }

  private async reload(): Promise<void> {
    this.records = await this.ports.records.findAll();
    this.reloadAt = performance.now() + RELOAD_RECORDS_MS;
  }

  private async inspect({ queue, generation }: IndexRecord): Promise<IndexFault | 'ready' | 'away'> {
    const fault = await this.ports.index.inspect(queue, generation).catch(() => 'away' as const);
    if (fault === 'ready') {
      this.causes.delete(queue);
      this.suspects.delete(queue);
    }
    if (fault === 'ready' || fault === 'away') return fault;
    const cause = this.causes.get(queue) ?? fault;
    this.causes.set(queue, cause);
    this.suspects.add(queue);
    if (fault !== 'unwritable') this.ports.rebuilds.begin({ queue, cause }, () => this.loop.nudge());
    return fault;
  }
}
