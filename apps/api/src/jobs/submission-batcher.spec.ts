import { describe, expect, it, jest } from '@jest/globals';
import type { JobId, JobSubmissions, NewJob } from '@holdfast/domain';
import { BATCH_LIMITS, SubmissionBatcher } from './submission-batcher.ts';

type Answers = (readonly JobId[] | undefined)[];

/** A store whose inserts end when the test says so. */
class SlowStore implements JobSubmissions {
  readonly inserts: { sizes: number[]; end: (answers?: Answers) => void; fail: (error: Error) => void }[] = [];

  insert(submissions: readonly (readonly NewJob[])[]): Promise<Answers> {
    const { promise, resolve, reject } = Promise.withResolvers<Answers>();
    const sizes = submissions.map(({ length }) => length);
    this.inserts.push({ sizes, end: (answers = sizes.map(() => undefined)) => resolve(answers), fail: reject });
    return promise;
  }
}

const jobs = (n: number, payload = '{}'): NewJob[] => Array.from({ length: n }, () => ({ payload }) as NewJob);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function batcherWith(limits = {}): {
  store: SlowStore;
  batcher: SubmissionBatcher<readonly NewJob[], readonly JobId[] | undefined>;
} {
  const store = new SlowStore();
  return {
    store,
    batcher: new SubmissionBatcher(store, (each: readonly NewJob[]) => each, { ...BATCH_LIMITS, ...limits }),
  };
}

describe('SubmissionBatcher', () => {
  it('sends a submission that comes alone at once', () => {
    const { store, batcher } = batcherWith();
    void batcher.submit(jobs(1));
    expect(store.inserts).toHaveLength(1);
  });

  it('lets those wait together that come while an insert is under way', async () => {
    const { store, batcher } = batcherWith();
    const all = Array.from({ length: 7 }, () => batcher.submit(jobs(1)));
    expect(store.inserts.map(({ sizes }) => sizes)).toEqual([[1]]);
    store.inserts[0]?.end();
    await settled();
    expect(store.inserts[1]?.sizes).toEqual([1, 1, 1, 1, 1, 1]);
    store.inserts[1]?.end();
    await Promise.all(all);
    expect(store.inserts).toHaveLength(2);
  });

  it('begins another beside it for many jobs, and no third', () => {
    const { store, batcher } = batcherWith({ jobsBeside: 5 });
    for (const size of [1, 4, 1, 9]) void batcher.submit(jobs(size));
    expect(store.inserts.map(({ sizes }) => sizes)).toEqual([[1], [4, 1]]);
  });

  it('lets an insert that something holds up keep no others waiting', () => {
    jest.useFakeTimers();
    try {
      const { store, batcher } = batcherWith();
      for (const size of [1, 2]) void batcher.submit(jobs(size));
      expect(store.inserts).toHaveLength(1);
      jest.advanceTimersByTime(BATCH_LIMITS.patienceMs);
      expect(store.inserts.map(({ sizes }) => sizes)).toEqual([[1], [2]]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('goes on beside one that is held up', async () => {
    const { store, batcher } = batcherWith({ patienceMs: 1 });
    void batcher.submit(jobs(1));
    void batcher.submit(jobs(2));
    while (store.inserts.length < 2) await settled();
    void batcher.submit(jobs(3));
    store.inserts[1]?.end();
    await settled();
    expect(store.inserts[2]?.sizes).toEqual([3]);
  });

  it('answers only once the insert has ended, and each submission with its own taken ids', async () => {
    const { store, batcher } = batcherWith({ inFlight: 1 });
    const first = batcher.submit(jobs(1));
    const [second, third] = [batcher.submit(jobs(1)), batcher.submit(jobs(1))];
    store.inserts[0]?.end();
    expect(await first).toBeUndefined();
    await settled();
    store.inserts[1]?.end([['taken'], undefined]);
    expect(await second).toEqual(['taken']);
    expect(await third).toBeUndefined();
  });

  it('bounds an insert by jobs and by bytes, but never splits a submission', async () => {
    const { store, batcher } = batcherWith({ inFlight: 1, jobsPerInsert: 3, bytesPerInsert: 100 });
    for (const submission of [jobs(1), jobs(2), jobs(2), jobs(5), jobs(1, 'x'.repeat(90)), jobs(1, 'x'.repeat(90))]) {
      void batcher.submit(submission);
    }
    for (let ended = 0; ended < store.inserts.length; ended++) {
      store.inserts[ended]?.end();
      await settled();
    }
    expect(store.inserts.map(({ sizes }) => sizes)).toEqual([[1], [2], [2], [5], [1], [1]]);
  });

  it('fails those whose insert failed, and goes on with the next', async () => {
    const { store, batcher } = batcherWith({ inFlight: 1 });
    const first = batcher.submit(jobs(1));
    const second = batcher.submit(jobs(1));
    store.inserts[0]?.fail(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    await settled();
    store.inserts[1]?.end();
    expect(await second).toBeUndefined();
  });

  it('turns away what would make too many wait, and takes more once they are through', async () => {
    const { store, batcher } = batcherWith({ inFlight: 1, backlog: 3 });
    void batcher.submit(jobs(1));
    void batcher.submit(jobs(2));
    await expect(batcher.submit(jobs(2))).rejects.toMatchObject({ code: 'overloaded', status: 503 });
    store.inserts[0]?.end();
    await settled();
    void batcher.submit(jobs(2));
    store.inserts[1]?.end();
    await settled();
    expect(store.inserts[2]?.sizes).toEqual([2]);
  });
});
