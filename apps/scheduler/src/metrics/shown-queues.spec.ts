import { expect, test } from '@jest/globals';
import type { QueueFigure } from './queue-figures.ts';
import { ShownQueues } from './shown-queues.ts';

const queue = (name: string, ready: number): QueueFigure =>
  ({ queue: name, jobs: { ready, running: 0, scheduled: 0, blocked: 0 } }) as QueueFigure;

test('the fullest queues have series first, and keep them when others grow', () => {
  const shown = new ShownQueues(2);
  const names = (queues: readonly QueueFigure[]): string[] => shown.choose(queues).map((figure) => figure.queue);
  expect(names([queue('a', 1), queue('b', 5), queue('c', 3)])).toEqual(['b', 'c']);
  expect(names([queue('a', 100), queue('b', 0), queue('c', 0)])).toEqual(['b', 'c']);
});
