import { WindowCounts } from './window-counts.ts';

export interface RatePolicy {
  /** Per name and window; 0 is no limit. */
  readonly limit: number;
  readonly windowMs: number;
}

/** How a name stands in its window. */
export interface Standing {
  readonly limit: number;
  readonly remaining: number;
  readonly exceeded: boolean;
  /** Until the next window. */
  readonly resetMs: number;
}

/** What is counted where all processes see it. */
export interface CountExchange {
  add(window: number, additions: ReadonlyMap<string, number>, keepMs: number): Promise<number[]>;
}

/** Below this share of the limit a name is nobody's business but this process's. */
const SHARED_FROM = 1 / 64;

/**
 * Says who asks too often. Nobody waits for Redis: a request is judged by what this process knows, and what it counted is
 * exchanged with the others afterwards. While Redis is away each process limits by itself.
 */
export class RateLimiter {
  private counts = new WindowCounts(0);
  private exchanging = false;

  constructor(
    private readonly policy: RatePolicy,
    private readonly exchange?: CountExchange,
  ) {}

  count(name: string, now = Date.now()): Standing {
    const { limit, windowMs } = this.policy;
    const counts = this.countsAt(now);
    const used = counts.increment(name);
    const resetMs = (counts.window + 1) * windowMs - now;
    return { limit, remaining: Math.max(0, limit - used), exceeded: limit > 0 && used > limit, resetMs };
  }

  /** Tells the others and learns from them. Called now and then; never fails. */
  async share(now = Date.now()): Promise<void> {
    const counts = this.countsAt(now);
    const untold = counts.untold(this.policy.limit * SHARED_FROM);
    if (!this.exchange || this.exchanging || untold.size === 0) return;
    this.exchanging = true;
    try {
      counts.learn(untold, await this.exchange.add(counts.window, untold, 2 * this.policy.windowMs));
    } catch {
      // Redis is away: what was not told is told next time, and this process limits by itself until then.
    } finally {
      this.exchanging = false;
    }
  }

  private countsAt(now: number): WindowCounts {
    const window = Math.floor(now / this.policy.windowMs);
    if (this.counts.window !== window) this.counts = new WindowCounts(window);
    return this.counts;
  }
}
