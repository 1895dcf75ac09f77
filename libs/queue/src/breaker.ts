import { setTimeout as pause } from 'node:timers/promises';

/** Redis is away: the call was not even tried. MySQL knows everything that the index would have said. */
export class IndexAwayError extends Error {
  override readonly name = 'IndexAwayError';
}

export interface BreakerOptions {
  /** Asks whether Redis serves again; rejects while it does not. */
  readonly probe: () => Promise<unknown>;
  readonly onChange: (away: boolean, cause: unknown) => void;
}

/** Failures in a row after which Redis counts as away. One alone may be a lost connection. */
const FAILURES = 3;
/** Calls under way at once; beyond it Redis is slower than we ask, and asking more would only pile up memory. */
const CALLS = 512;
const PROBE_MIN_MS = 100;
const PROBE_MAX_MS = 1_000;

/**
 * Stands before every use of Redis. After a few failures in a row calls are refused at once, and one probe at a time, with
 * growing and uneven pauses, finds out when Redis serves again. No caller ever is the probe, so none waits for it.
 */
export class Breaker {
  private failures = 0;
  private underWay = 0;
  private readonly closing = new AbortController();

  constructor(private readonly options: BreakerOptions) {}

  get isAway(): boolean {
    return this.failures >= FAILURES;
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.isAway) throw new IndexAwayError('Redis is away');
    if (this.underWay >= CALLS) throw new IndexAwayError(`${CALLS} calls to Redis are under way`);
    this.underWay += 1;
    try {
      const answer = await call();
      this.succeeded();
      return answer;
    } catch (error) {
      if (!isAnswer(error)) this.failed(error);
      throw error;
    } finally {
      this.underWay -= 1;
    }
  }

  close(): void {
    this.closing.abort();
  }

  /** An answer that was under way when the others failed proves nothing. */
  private succeeded(): void {
    if (!this.isAway) this.failures = 0;
  }

  private failed(error: unknown): void {
    this.failures += 1;
    if (this.failures !== FAILURES) return;
    this.options.onChange(true, error);
    void this.probeUntilBack();
  }

  private async probeUntilBack(): Promise<void> {
    for (let attempt = 0; !this.closing.signal.aborted; attempt++) {
      await this.pause(Math.min(PROBE_MAX_MS, PROBE_MIN_MS * 2 ** attempt) * (0.5 + Math.random() / 2));
      if (await this.serves()) break;
    }
  }

  private async serves(): Promise<boolean> {
    if (this.closing.signal.aborted) return true;
    try {
      await this.options.probe();
    } catch {
      return false;
    }
    this.failures = 0;
    this.options.onChange(false, undefined);
    return true;
  }

  private async pause(milliseconds: number): Promise<void> {
    await pause(milliseconds, undefined, { signal: this.closing.signal }).catch(() => undefined);
  }
}

/** Redis is well and says that one key is not what it should be: that queue's index is lost, no more. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && /\bWRONGTYPE\b/.test(error.message);
}
