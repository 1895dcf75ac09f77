import { describe, expect, it } from '@jest/globals';
import type { QueueStore } from '@holdfast/persistence';
import type { IndexAnnouncer } from './index-announcer.ts';
import { QueueDirectory } from './queue-directory.ts';

/** What happened, in order. */
function directoryOver(existing: string[], failures = 0): { directory: QueueDirectory; log: string[] } {
  const log: string[] = [];
  let left = failures;
  const store = {
    create: (names: string[]): Promise<string[]> => {
      log.push(`row ${names.join()}`);
      if (left-- > 0) return Promise.reject(new Error('away'));
      return Promise.resolve(names.filter((name) => !existing.includes(name)));
    },
  };
  const announcer = { createQueue: (name: string) => Promise.resolve(void log.push(`index ${name}`)) };
  const directory = new QueueDirectory(store as unknown as QueueStore, announcer as unknown as IndexAnnouncer);
  return { directory, log };
}

describe('QueueDirectory', () => {
  it('makes the row and then the index of a queue that is new', async () => {
    const { directory, log } = directoryOver([]);
    await directory.ensure(['a']);
    expect(log).toEqual(['row a', 'index a']);
  });

  it('leaves the index of a queue alone that was there: it may have jobs', async () => {
    const { directory, log } = directoryOver(['a']);
    await directory.ensure(['a']);
    expect(log).toEqual(['row a']);
  });

  it('asks once for each queue, however many submissions come together', async () => {
    const { directory, log } = directoryOver([]);
    await Promise.all([directory.ensure(['a', 'b']), directory.ensure(['b']), directory.ensure(['a'])]);
    await directory.ensure(['a']);
    expect(log.filter((line) => line.startsWith('row'))).toEqual(['row a', 'row b']);
  });

  it('keeps ten thousand names in mind and no more, however many a client invents', async () => {
    const { directory, log } = directoryOver([]);
    for (let n = 0; n <= 10_000; n++) await directory.ensure([`q${n}`]);
    log.length = 0;
    await directory.ensure(['q10000', 'q1']);
    expect(log).toEqual([]);
    await directory.ensure(['q0']);
    expect(log).toEqual(['row q0', 'index q0']);
  });

  it('asks again after a failure', async () => {
    const { directory, log } = directoryOver([], 1);
    await expect(directory.ensure(['a'])).rejects.toThrow('away');
    await directory.ensure(['a']);
    expect(log).toEqual(['row a', 'row a', 'index a']);
  });
});
