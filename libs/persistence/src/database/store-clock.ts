import type { Clock, Instant } from '@holdfast/domain';
import type { Database, Row } from './database.ts';

/** Samples kept: the best of the last minute, at one sample every ten seconds. */
const SAMPLES = 6;
const SAMPLE_INTERVAL_MS = 10_000;

/**
 * MySQL's clock as this process knows it: the database's time when an answer left it, plus what passed here since the
 * answer came. The answer was on its way for a while, so the estimate lags by that and never runs ahead; of several
 * samples the one that lags least is the best.
 */
export class StoreClock implements Clock {
  private offsets: number[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly database: Database) {}

  /** Takes the first sample, and then one every ten seconds; while MySQL is away the old ones have to do. */
  async start(): Promise<void> {
    await this.sample();
    this.timer = setInterval(() => void this.sample().catch(() => undefined), SAMPLE_INTERVAL_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Nest's hook, before the connections go. */
  onModuleDestroy(): void {
    this.stop();
  }

  now(): Instant {
    if (this.offsets.length === 0) throw new Error('The clock was read before its first sample.');
    return Math.floor(Math.max(...this.offsets) + performance.now());
  }

  async sample(): Promise<void> {
    const [row] = await this.database.rows<Row & { now: Date }>('SELECT UTC_TIMESTAMP(6) AS now');
    if (!row) return;
    this.offsets.push(row.now.getTime() - performance.now());
    if (this.offsets.length > SAMPLES) this.offsets.shift();
  }

  /** After MySQL called something early that we called due: its clock was set back, so the old samples mislead. */
  async resample(): Promise<void> {
    this.offsets = this.offsets.slice(-1);
    await this.sample();
    this.offsets.shift();
  }
}
