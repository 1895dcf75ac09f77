import { monotonicNow } from './monotonic.ts';
import { TICK_MS, type Vitals } from './vitals.ts';

/** A loop that stands still for so long keeps every other job of the worker waiting. */
const WORTH_TELLING_MS = 1_000;

export interface LoopLogger {
  warn(fields: object, message: string): void;
}

/** Watches the main thread's event loop from another one, and says so when it stands still: it cannot do so itself. */
export class LoopWatch {
  private lookedAt = monotonicNow();
  private longest = 0;
  private told = false;

  constructor(
    private readonly vitals: Vitals,
    private readonly logger: LoopLogger,
  ) {}

  start(): void {
    setInterval(() => this.look(), TICK_MS);
  }

  /** The longest block since the last call, or the present one; milliseconds, 0 if none was worth telling. */
  takeLongest(): number {
    this.look();
    const longest = this.longest;
    this.longest = 0;
    return longest;
  }

  private look(): void {
    const wasFrozen = monotonicNow() - this.lookedAt > WORTH_TELLING_MS; // the whole process, not its loop
    this.lookedAt = monotonicNow();
    const blockedMs = this.vitals.still - TICK_MS;
    if (wasFrozen || blockedMs < WORTH_TELLING_MS) {
      this.told = false;
      return;
    }
    this.longest = Math.max(this.longest, blockedMs);
    if (this.told) return;
    this.told = true;
    this.logger.warn(
      { types: this.vitals.runningTypes, blockedMs: Math.round(blockedMs) },
      'the event loop is blocked',
    );
  }
}
