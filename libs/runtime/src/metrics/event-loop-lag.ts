import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Histogram } from './histogram.ts';
import { Metrics } from './metrics.ts';

const EVERY_MS = 250;

/** Notes four times a second how late the event loop is: cheap enough for a program that idles. */
@Injectable()
export class EventLoopLag implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly lag: Histogram;
  private timer: NodeJS.Timeout | undefined;
  private due = 0;

  constructor(metrics: Metrics) {
    this.lag = metrics.histogram(
      'holdfast_event_loop_lag_seconds',
      'How late the event loop was, looked at four times a second',
      [0.005, 0.02, 0.1, 0.5, 2, 10],
    );
  }

  onApplicationBootstrap(): void {
    this.due = performance.now() + EVERY_MS;
    this.timer = setInterval(() => this.look(), EVERY_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    this.lag.observe(Math.max(0, now - this.due) / 1_000);
    this.due = now + EVERY_MS;
  }
}
