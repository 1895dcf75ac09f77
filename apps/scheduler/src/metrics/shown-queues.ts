import type { QueueFigure } from './queue-figures.ts';

/** Prometheus keeps a series for each; whoever makes queues must not be able to fill its memory. */
const MOST = 200;

/** Which queues have series of their own: those that were there first, and among these those that hold most. They keep them. */
export class ShownQueues {
  private readonly names = new Set<string>();

  constructor(private readonly most = MOST) {}

  choose(queues: readonly QueueFigure[]): QueueFigure[] {
    const fullestFirst = [...queues].sort((one, other) => weightOf(other) - weightOf(one));
    for (const { queue } of fullestFirst) if (this.names.size < this.most) this.names.add(queue);
    return queues.filter(({ queue }) => this.names.has(queue));
  }
}

function weightOf({ jobs }: QueueFigure): number {
  return jobs.ready + jobs.running + jobs.scheduled + jobs.blocked;
}
