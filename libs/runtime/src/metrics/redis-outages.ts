import type { Metrics } from './metrics.ts';

/** What a link to Redis tells of itself. */
export interface WatchedRedis {
  isAway(): boolean;
  /** Told after each change, also where only one of several servers went or came. */
  onChange(listener: () => void): void;
}

/** Shows whether Redis serves this program, and counts outages: most are over before the next scrape. */
export class RedisOutages {
  private begun = 0;
  private endedMs = 0;
  private since: number | undefined;

  constructor(
    private readonly redis: WatchedRedis,
    private readonly now: () => number = () => performance.now(),
  ) {
    redis.onChange(() => this.look());
  }

  show(metrics: Metrics): void {
    const away = 'Redis does not serve this program, and MySQL is asked instead';
    metrics.gauge('holdfast_redis_away', `Whether ${away}`, [], () => [{ value: this.redis.isAway() ? 1 : 0 }]);
    metrics.total('holdfast_redis_outages_total', `How often it began that ${away}`, [], () => [{ value: this.begun }]);
    metrics.total('holdfast_redis_away_seconds_total', `For how long in all ${away}`, [], () => [
      { value: this.milliseconds / 1_000 },
    ]);
  }

  private get milliseconds(): number {
    return this.endedMs + (this.since === undefined ? 0 : this.now() - this.since);
  }

  private look(): void {
    const isAway = this.redis.isAway();
    if (isAway && this.since === undefined) {
      this.begun += 1;
      this.since = this.now();
    } else if (!isAway) {
      this.endedMs = this.milliseconds;
      this.since = undefined;
    }
  }
}
