import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { QueueStore } from '@holdfast/persistence';
import type { PinoLogger } from 'nestjs-pino';
import type { WorkerConfiguration } from '../worker.configuration.ts';
import { Attention } from './attention.ts';
import { QueueWatch } from './queue-watch.ts';

const HOUR = 3_600_000;

let attention: Attention;
let existing: string[];
let looks: number;

function watchOf(queues: readonly string[]): QueueWatch {
  const configuration = { queues } as unknown as WorkerConfiguration;
  const store = {
    findNames: () => {
      looks += 1;
      return Promise.resolve(existing);
    },
  } as unknown as QueueStore;
  return new QueueWatch(store, attention, configuration, {} as PinoLogger);
}

describe('the watch over queues', () => {
  let watch: QueueWatch;

  beforeEach(() => {
    attention = new Attention();
    existing = [];
    looks = 0;
    watch = watchOf(['a', 'b']);
  });

  afterEach(() => watch.stop());

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

  it('ignores queues that it does not serve', () => {
    existing = ['c'];
    watch.start();
    watch.wake('c');
    expect(looks).toBe(0);
    expect(watch.due()).not.toContain('c');
  });

  it('asks a queue that it hears of for the first time as soon as MySQL knows it, and never one that MySQL does not know', async () => {
    watch = watchOf(['*']);
    watch.start();
    await firstLook();
    existing = ['c'];
    watch.wake('c');
    watch.wake('d');
    await attention.wait(5_000);
    expect(watch.due()).toEqual(['c']);
  });

  it('asks the queue of the system itself only once it is there', async () => {
    watch = watchOf(['a', 'holdfast']);
    watch.start();
    await firstLook();
    expect(watch.due()).toEqual(['a']);
    existing = ['holdfast'];
    watch.wake('holdfast');
    await attention.wait(5_000);
    expect([...watch.due()].sort()).toEqual(['a', 'holdfast']);
  });

  async function firstLook(): Promise<void> {
    while (looks === 0) await new Promise((resolve) => setImmediate(resolve));
  }

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
