import { Injectable } from '@nestjs/common';
import { JOB_TRANSITIONS } from '@holdfast/domain';
import { RedisLink } from '@holdfast/queue';
import { Metrics, type Reading } from '@holdfast/runtime';
import { QueueFigures, type QueueFigure } from './queue-figures.ts';
import { ShownQueues } from './shown-queues.ts';

/** States that say how things stand; how often jobs came to the others, the events tell. */
const STATES = ['blocked', 'scheduled', 'ready', 'running', 'dead'] as const;
/** Also those that have not happened: the first dead letter of a queue shall be an increase. */
const EVENTS = [...new Set(JOB_TRANSITIONS.map(({ event }) => event))];
const LIMITS = ['queue', 'key', 'rate'] as const;
const MODES = ['normal', 'index-down', 'store-down'] as const;

/** Shows how every queue stands, and the mode the system is in. Every scheduler says the same: take the greatest. */
@Injectable()
export class QueueMetrics {
  private readonly shown = new ShownQueues();

  constructor(
    private readonly metrics: Metrics,
    private readonly figures: QueueFigures,
    private readonly link: RedisLink,
  ) {
    this.showQueues();
    this.showIndexes();
    metrics.gauge(
      'holdfast_queue_figures_timestamp_seconds',
      'When the figures of the queues were read',
      [],
      async () => [{ value: (await figures.read()).readAt / 1_000 }],
    );
    metrics.gauge(
      'holdfast_mode',
      'Which mode the system is in: 1 for that one, 0 for the others',
      ['mode'],
      async () => {
        const mode = await this.findMode();
        return MODES.map((each) => ({ labels: { mode: each }, value: each === mode ? 1 : 0 }));
      },
    );
  }

  private showQueues(): void {
    this.gauge('holdfast_queue_jobs', 'Jobs of a queue by state', ['state'], ({ jobs }) =>
      STATES.map((state) => ({ labels: { state }, value: jobs[state] })),
    );
    this.gauge(
      'holdfast_queue_oldest_ready_age_seconds',
      'For how long the oldest due job of a queue has waited',
      [],
      (queue) => [{ value: queue.oldestReadyAgeMs / 1_000 }],
    );
    this.gauge('holdfast_queue_paused', 'Whether some tenant has paused a queue', [], ({ isPaused }) => [
      { value: isPaused ? 1 : 0 },
    ]);
    this.gauge(
      'holdfast_queue_full_limits',
      'Limits of a queue that let no other job start now, by kind',
      ['limit'],
      ({ fullLimits }) => (fullLimits ? LIMITS.map((limit) => ({ labels: { limit }, value: fullLimits[limit] })) : []),
    );
    this.total(
      'holdfast_queue_events_total',
      'Transitions of the jobs of a queue, by event, from the books',
      ['event'],
      ({ events }) => EVENTS.map((event) => ({ labels: { event }, value: events.get(event) ?? 0 })),
    );
  }

  private showIndexes(): void {
    this.gauge('holdfast_index_generation', 'How often the index of a queue was built anew', [], ({ index }) =>
      index ? [{ value: index.generation }] : [],
    );
    this.gauge('holdfast_index_rebuilding', 'Whether the index of a queue is being built', [], ({ index }) =>
      index ? [{ value: index.isRebuilding ? 1 : 0 }] : [],
    );
    this.gauge(
      'holdfast_index_last_rebuild_seconds',
      'How long the last rebuild of the index of a queue took',
      [],
      ({ index }) => (index?.lastRebuild ? [{ value: index.lastRebuild.durationMs / 1_000 }] : []),
    );
    this.total(
      'holdfast_index_drift_jobs_total',
      'Due jobs that the index of a queue was not told of, and a scheduler found',
      [],
      ({ index }) => (index ? [{ value: index.drift }] : []),
    );
  }

  private gauge(name: string, help: string, labels: readonly string[], of: (queue: QueueFigure) => Reading[]): void {
    this.metrics.gauge(name, help, ['queue', ...labels], () => this.readings(of));
  }

  private total(name: string, help: string, labels: readonly string[], of: (queue: QueueFigure) => Reading[]): void {
    this.metrics.total(name, help, ['queue', ...labels], () => this.readings(of));
  }

  private async readings(of: (queue: QueueFigure) => Reading[]): Promise<Reading[]> {
    const { queues } = await this.figures.read();
    return this.shown
      .choose(queues)
      .flatMap((figure) =>
        of(figure).map(({ labels, value }) => ({ labels: { queue: figure.queue, ...labels }, value })),
      );
  }

  private async findMode(): Promise<(typeof MODES)[number]> {
    const { queues } = await this.figures.read();
    if (!this.figures.isAnswered) return 'store-down';
    const isIndexed = this.link.kind !== 'none';
    return isIndexed && (this.link.isAway() || queues.some(({ index }) => index?.isRebuilding))
      ? 'index-down'
      : 'normal';
  }
}
