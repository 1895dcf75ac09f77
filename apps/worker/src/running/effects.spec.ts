import { describe, expect, it, jest } from '@jest/globals';
import type { ClaimedJob, JobEffects, RecordedEffect } from '@holdfast/domain';
import { StoreUnavailableError } from '@holdfast/persistence';
import { StopRequest, type Attempt } from './attempt.ts';
import { Effects, type EffectPorts } from './effects.ts';

interface Remembered {
  readonly by: string;
  effect?: RecordedEffect;
}

/** Jobs of a tenant, over a memory that knows the living as MySQL does. Redis says what it likes, or is away. */
function jobsOfATenant({ marks = awayMarks(), patienceMs = 5_000 } = {}) {
  const memory = new Map<string, Remembered>();
  const over = new Set<string>();
  const store: JobEffects = {
    claim: (_, { id }, name) => {
      const known = memory.get(name);
      if (known?.effect) return Promise.resolve({ kind: 'recorded', effect: known.effect });
      if (over.has(id)) return Promise.resolve({ kind: 'job-lost' });
      if (known && known.by !== id && !over.has(known.by)) return Promise.resolve({ kind: 'under-way' });
      memory.set(name, { by: id });
      return Promise.resolve({ kind: 'ours' });
    },
    record: (_, { id }, name, effect) => {
      const known = memory.get(name);
      if (known?.by !== id || over.has(id)) return Promise.resolve(undefined);
      known.effect ??= effect;
      return Promise.resolve(known.effect);
    },
    release: ({ id }, name) => {
      const known = memory.get(name);
      if (known?.by === id && !known.effect) memory.delete(name);
      return Promise.resolve();
    },
  };
  const job = (id: string) => {
    const attempt: Attempt = {
      job: { id, tenant: 'shop', fence: 1 } as ClaimedJob,
      workerId: 'w',
      stop: new AbortController(),
    };
    return { attempt, effects: new Effects(attempt, { store, marks }, patienceMs) };
  };
  return { job, over, store };
}

function awayMarks(): EffectPorts['marks'] {
  const away = () => Promise.reject(new Error('away'));
  return { begin: away, commit: away, abandon: away };
}

/** Work that ends when it is told to. */
function slowWork() {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  return { work: jest.fn(() => promise), resolve, reject };
}

describe('an effect', () => {
  it('is done by one job; the others get what it returned, as it is in JSON', async () => {
    const { job } = jobsOfATenant();
    const keys: string[] = [];
    const work = (key: string) => {
      keys.push(key);
      return { at: new Date(0), none: undefined };
    };
    const results = await Promise.all(['a', 'b', 'c'].map((id) => job(id).effects.once('welcome 7', work)));
    expect(results).toEqual(Array(3).fill({ at: '1970-01-01T00:00:00.000Z' }));
    expect(keys).toEqual(['shop/welcome 7']);
  });

  it('that is under way is waited for', async () => {
    const { job } = jobsOfATenant();
    const { work, resolve } = slowWork();
    const first = job('a').effects.once('k', work);
    const second = job('b').effects.once('k', () => 'again');
    resolve('done');
    expect(await Promise.all([first, second])).toEqual(['done', 'done']);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('that failed is done by the next that asks, also in the same attempt', async () => {
    const { job } = jobsOfATenant();
    const { effects } = job('a');
    const fail = (): never => {
      throw new Error('no');
    };
    await expect(effects.once('k', fail)).rejects.toThrow('no');
    await expect(effects.once('k', fail)).rejects.toThrow('no');
    expect(await job('b').effects.once('k', () => 'done')).toBe('done');
    expect(await effects.once('k', fail)).toBe('done');
  });

  it('is one and the same within an attempt', async () => {
    const { effects } = jobsOfATenant().job('a');
    const { work, resolve } = slowWork();
    const both = [effects.once('k', work), effects.once('k', work)];
    resolve(1);
    expect(await Promise.all(both)).toEqual([1, 1]);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('is done by another when the attempt that did it is over', async () => {
    const { job, over } = jobsOfATenant();
    const { work, resolve } = slowWork();
    const lost = job('a');
    const first = lost.effects.once('k', work);
    const second = job('b').effects.once('k', () => 'by b');
    over.add('a');
    expect(await second).toBe('by b');
    resolve('by a');
    await expect(first).rejects.toThrow('lease-lost');
    expect(lost.attempt.stop.signal.aborted).toBe(true);
    await expect(lost.effects.once('k', work)).rejects.toThrow('lease-lost');
  });

  it('is not begun for a job that was taken away', async () => {
    const { job, over } = jobsOfATenant();
    over.add('a');
    const work = jest.fn();
    await expect(job('a').effects.once('k', work)).rejects.toThrow('lease-lost');
    expect(work).not.toHaveBeenCalled();
  });

  it('is not waited for without end, nor after the attempt was told to stop', async () => {
    const { job } = jobsOfATenant({ patienceMs: 50 });
    const { work, resolve } = slowWork();
    const first = job('a').effects.once('k', work);
    await expect(job('b').effects.once('k', work)).rejects.toThrow("another job is still at effect 'k'");
    const third = job('c');
    const waiting = third.effects.once('k', work);
    third.attempt.stop.abort(new StopRequest('cancelled'));
    await expect(waiting).rejects.toThrow('told to stop: cancelled');
    resolve(1);
    await first;
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('whose mark says that somebody is at it is looked for in MySQL all the same', async () => {
    const stale = { ...awayMarks(), begin: () => Promise.resolve('under-way' as const) };
    const { job } = jobsOfATenant({ marks: stale });
    expect(await job('a').effects.once('k', () => 'done')).toBe('done');
  });

  it.each(['first', 'committed'] as const)('whose mark says %s is not done for that', async (precedence) => {
    const wrong = { ...awayMarks(), begin: () => Promise.resolve(precedence) };
    const { job } = jobsOfATenant({ marks: wrong });
    expect(await job('a').effects.once('k', () => 'done')).toBe('done');
    expect(await job('b').effects.once('k', () => 'again')).toBe('done');
  });

  it('that is done is recorded as soon as MySQL is back', async () => {
    const { job, store } = jobsOfATenant();
    const { effects } = job('a');
    const record = jest.spyOn(store, 'record').mockRejectedValueOnce(new StoreUnavailableError('away'));
    const work = jest.fn(() => 'done');
    expect(await effects.once('k', work)).toBe('done');
    expect(work).toHaveBeenCalledTimes(1);
    expect(record).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['no key', ''],
    ['a key that ends in space', 'a '],
    ['a key that is too long', 'x'.repeat(256)],
    ['half a character', 'a\ud800'],
  ])('is refused for %s', async (_, key) => {
    const { effects } = jobsOfATenant().job('a');
    await expect(effects.once(key, () => 1)).rejects.toThrow('the key of an effect has 1 to 255 characters');
  });

  it('is not recorded when it returned too much, and says so', async () => {
    const { job } = jobsOfATenant();
    const tooMuch = job('a').effects.once('k', () => 'x'.repeat(70_000));
    await expect(tooMuch).rejects.toThrow("the result of effect 'k' cannot be kept: 70002 bytes");
    expect(await job('b').effects.once('k', () => 1)).toBe(1);
  });
});
