import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { IndexRecord } from '@holdfast/persistence';
import type { IndexFault, IndexListeners } from '@holdfast/queue';
import type { PinoLogger } from 'nestjs-pino';
import { IndexWatch } from './index-watch.ts';
import { Rebuilds } from './rebuilds.ts';

const logger = { info: () => undefined, warn: () => undefined } as unknown as PinoLogger;

describe('the watch over indexes', () => {
  const queues = ['well', ...Array.from({ length: 30 }, (_, n) => `queue-${n}`)];
  let lost: Set<string>;
  let inspected: string[];
  let hear: IndexListeners;
  let watch: IndexWatch;

  beforeEach(async () => {
    lost = new Set();
    inspected = [];
    watch = new IndexWatch({
      records: { findAll: () => Promise.resolve(queues.map((queue) => ({ queue, generation: 0 }) as IndexRecord)) },
      index: {
        inspect: (queue) => {
          inspected.push(queue);
          return Promise.resolve<IndexFault | 'ready'>(lost.has(queue) ? 'missing' : 'ready');
        },
      },
      rebuilds: new Rebuilds(({ queue }) => {
        lost.delete(queue);
        return Promise.resolve({ rebuilt: 1 });
      }, logger),
      listen: (listeners) => {
        hear = listeners;
        return () => undefined;
      },
    });
    watch.start();
    await until(() => inspected.length === queues.length);
    inspected = [];
  });

  afterEach(() => watch.stop());

  it('looks at no other queue than the one that is reported, and at none that MySQL does not know', async () => {
    hear.lost?.('unheard-of');
    hear.lost?.('queue-7');
    await until(() => inspected.length > 0);
    expect(inspected[0]).toBe('queue-7');
    expect(inspected).not.toContain('unheard-of');
  });

  it('has all that were lost at once built one after another, without waiting for the next round', async () => {
    for (const queue of queues.slice(1)) lost.add(queue);
    hear.changed?.();
    await until(() => lost.size === 0);
    expect(inspected.filter((queue) => queue === 'well').length).toBeLessThan(10);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
