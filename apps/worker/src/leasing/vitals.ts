import type { WorkerVitals } from '@holdfast/domain';
import { monotonicNow } from './monotonic.ts';

/** Often enough that a block is measured to a fraction of what is worth telling. */
export const TICK_MS = 250;

const FIELDS = ['tickedAt', 'heapUsed', 'started', 'ended'] as const;

/**
 * What the main thread shows of itself, in memory that the lease thread reads while the main thread cannot answer: when
 * its event loop last turned, its heap, and what runs, by type.
 */
export class Vitals {
  private readonly values: Float64Array;

  /** @param types of jobs, in the same order on both sides */
  constructor(
    private readonly types: readonly string[],
    readonly buffer = new SharedArrayBuffer(8 * (FIELDS.length + types.length)),
  ) {
    this.values = new Float64Array(buffer);
  }

  /** The event loop turned. */
  tick(): void {
    this.set('tickedAt', monotonicNow());
    this.set('heapUsed', process.memoryUsage().heapUsed);
  }

  started(type: string): void {
    this.set('started', this.get('started') + 1);
    this.move(type, 1);
  }

  ended(type: string): void {
    this.set('ended', this.get('ended') + 1);
    this.move(type, -1);
  }

  /** Milliseconds since the event loop last turned. */
  get still(): number {
    return Math.max(0, monotonicNow() - this.get('tickedAt'));
  }

  get runningTypes(): string[] {
    return this.types.filter((_, index) => (this.values[FIELDS.length + index] ?? 0) > 0);
  }

  read(blockedMs: number): WorkerVitals {
    return {
      blockedMs: Math.round(blockedMs),
      rssBytes: process.memoryUsage.rss(), // of the whole process, whichever thread asks
      heapUsedBytes: this.get('heapUsed'),
      jobsStarted: this.get('started'),
      jobsEnded: this.get('ended'),
    };
  }

  private get(field: (typeof FIELDS)[number]): number {
    return this.values[FIELDS.indexOf(field)] ?? 0;
  }

  private set(field: (typeof FIELDS)[number], value: number): void {
    this.values[FIELDS.indexOf(field)] = value;
  }

  private move(type: string, by: number): void {
    const index = this.types.indexOf(type);
    if (index < 0) return;
    const place = FIELDS.length + index;
    this.values[place] = (this.values[place] ?? 0) + by;
  }
}
