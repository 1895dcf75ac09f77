import { beforeEach, describe, expect, it } from '@jest/globals';
import type { QueueStore } from '@holdfast/persistence';
import type { PinoLogger } from 'nestjs-pino';
import type { WorkerConfiguration } from '../worker.configuration.ts';
import { Attention } from './attention.ts';
import { QueueWatch } from './queue-watch.ts';

const HOUR = 3_600_000;

function watchOf(queues: readonly string[]): QueueWatch {
  const configuration = { queues } as unknown as WorkerConfiguration;
  return new QueueWatch({} as QueueStore, new Attention(), configuration, {} as PinoLogger);
}

describe('the watch over queues', () => {
  let watch: QueueWatch;

  beforeEach(() => {
    watch = watchOf(['a', 'b']);
  });

  it('finds every queue worth asking at first', () => {
    expect([...watch.due()].sort()).toEqual(['a', 'b']);
  });

  it('lets a queue rest that had nothing, and wakes it', () => {
    watch.ask('a');
    watch.restFor('a', HOUR);
    expect(watch.due()).toEqual(['b']);
    watch.wake('a');
    expect([...watch.due()].sort()).toEqual(['a', 'b']);
  });

  it('does not lose a wake-up that comes while the queue is being asked', () => {
    watch.ask('a');
    watch.wake('a');
    watch.restFor('a', HOUR);
    expect(watch.due()).toContain('a');
  });

  it('starts each time with another queue', () => {
    const first = [watch.due()[0], watch.due()[0]];
    expect([...first].sort()).toEqual(['a', 'b']);
  });

  it('ignores queues that it does not serve, unless it serves all', () => {
    watch.wake('c');
    expect(watch.due()).not.toContain('c');
    const all = watchOf(['*']);
    all.wake('c');
    expect(all.due()).toEqual(['c']);
  });

  it('asks the queue of the system itself only once there is something in it', () => {
    const some = watchOf(['a', 'holdfast']);
    expect(some.due()).toEqual(['a']);
    some.wake('holdfast');
    expect([...some.due()].sort()).toEqual(['a', 'holdfast']);
  });

  it('says how long there is nothing to ask', () => {
    for (const queue of watch.due()) {
      watch.ask(queue);
      watch.restFor(queue, HOUR);
    }
    expect(watch.restTime(5_000)).toBe(5_000);
    watch.wakeAll();
    expect(watch.restTime(5_000)).toBe(0);
  });
});
