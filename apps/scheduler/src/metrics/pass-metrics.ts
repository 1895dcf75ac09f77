import { Injectable } from '@nestjs/common';
import { Metrics } from '@holdfast/runtime';
import type { Pass } from '../pass.ts';

/** Measures passes: how long each run took, whether it failed, and what it counted. */
@Injectable()
export class PassMetrics {
  private readonly times;
  private readonly failures;
  private readonly counts;

  constructor(metrics: Metrics) {
    this.times = metrics.histogram(
      'holdfast_pass_seconds',
      'How long the runs of a pass took that this scheduler won',
      [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
      'pass',
    );
    this.failures = metrics.counter('holdfast_pass_failures_total', 'Runs of a pass that failed here', 'pass');
    this.counts = metrics.counter('holdfast_pass_counts_total', 'What the runs of a pass did here', 'pass', 'count');
  }

  /** The same pass, measured. */
  measured(pass: Pass): Pass {
    const { name } = pass;
    this.failures.inc({ pass: name }, 0); // so that the first failure is an increase
    return { ...pass, run: (signal) => this.measure(pass, signal) };
  }

  private async measure(pass: Pass, signal: AbortSignal): ReturnType<Pass['run']> {
    const startedAt = performance.now();
    try {
      const counts = await pass.run(signal);
      for (const [count, n] of Object.entries(counts)) this.counts.inc({ pass: pass.name, count }, n);
      return counts;
    } catch (error) {
      this.failures.inc({ pass: pass.name });
      throw error;
    } finally {
      this.times.of(pass.name).observe((performance.now() - startedAt) / 1_000);
    }
  }
}
