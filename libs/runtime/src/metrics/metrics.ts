import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Counter, Gauge, Registry, type Metric } from 'prom-client';
import { Histogram } from './histogram.ts';

/** One value of a gauge or of a counter that is read where it is kept, and the labels it has. */
export interface Reading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export type Read = () => readonly Reading[] | Promise<readonly Reading[]>;

/** Node's own of these wake the process a hundred times a second, also when it has nothing to do. */
const LEFT_OUT = /^nodejs_eventloop_lag/;
const SELDOM_MS = 3_600_000;
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What this program measures of itself, as Prometheus reads it. */
export class Metrics {
  private readonly registry = new Registry();

  constructor(program: string) {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: SELDOM_MS });
    for (const { name } of this.registry.getMetricsAsArray()) {
      if (LEFT_OUT.test(name)) this.registry.removeSingleMetric(name);
    }
    this.gauge('holdfast_program_info', 'Which program this is, and its version', ['program', 'version'], () => [
      { labels: { program, version }, value: 1 },
    ]);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Incremented once for a batch, not for each job. */
  counter(name: string, help: string, ...labels: string[]): Counter {
    return new Counter({ name, help, labelNames: labels, registers: [this.registry] });
  }

  histogram(name: string, help: string, buckets: readonly number[], label?: string): Histogram {
    const histogram = new Histogram(name, help, buckets, label);
    this.registry.registerMetric(histogram as unknown as Metric); // of a metric the registry uses name and get()
    return histogram;
  }

  /** @param read asked at every scrape; what is not named by it any more is not shown any more */
  gauge(name: string, help: string, labels: readonly string[], read: Read): void {
    const { registry } = this;
    new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      async collect() {
        const readings = await read();
        this.reset();
        for (const { labels: own = {}, value } of readings) this.set(own, value);
      },
    });
  }

  /** A counter that somebody else keeps. */
  total(name: string, help: string, labels: readonly string[], read: Read): void {
    const { registry } = this;
    new Counter({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      async collect() {
        const readings = await read();
        this.reset();
        for (const { labels: own = {}, value } of readings) this.inc(own, value);
      },
    });
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}
