import { Injectable } from '@nestjs/common';
import { Metrics } from '@holdfast/runtime';
import { KeyedBatcher, PlainBatcher } from './batchers.ts';

/** Shows how many submissions wait for MySQL to take them. */
@Injectable()
export class IntakeMetrics {
  constructor(metrics: Metrics, plain: PlainBatcher, keyed: KeyedBatcher) {
    metrics.gauge('holdfast_submissions_waiting_jobs', 'Submitted jobs that wait for an INSERT', [], () => [
      { value: plain.backlog + keyed.backlog },
    ]);
  }
}
