import { afterEach, describe, expect, it } from '@jest/globals';
import { Breaker, IndexAwayError } from './breaker.ts';

describe('the breaker', () => {
  const changes: boolean[] = [];
  let serves = false;
  let probes = 0;
  let probed = Promise.withResolvers<undefined>();
  let back = Promise.withResolvers<undefined>();
  let breaker: Breaker;

  function newBreaker(): Breaker {
    changes.length = 0;
    serves = false;
    probes = 0;
    back = Promise.withResolvers();
    probed = Promise.withResolvers();
    breaker = new Breaker({
      probe: () => {
        probes += 1;
        if (probes === 2) probed.resolve(undefined);
        return serves ? Promise.resolve() : Promise.reject(new Error('still away'));
      },
      onChange: (away) => {
        changes.push(away);
        if (!away) back.resolve(undefined);
      },
    });
    return breaker;
  }

  afterEach(() => breaker.close());

  const fail = (): Promise<never> => Promise.reject(new Error('no answer'));
  const failTimes = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) await expect(breaker.run(fail)).rejects.toThrow('no answer');
  };

  it('lets single failures pass', async () => {
    newBreaker();
    for (let i = 0; i < 5; i++) {
      await failTimes(2);
      expect(await breaker.run(() => Promise.resolve('fine'))).toBe('fine');
    }
    expect(changes).toEqual([]);
  });

  it('refuses calls at once after a few failures in a row, without trying them', async () => {
    newBreaker();
    await failTimes(3);
    let tried = 0;
    const call = (): Promise<number> => Promise.resolve((tried += 1));
    for (let i = 0; i < 1_000; i++) await expect(breaker.run(call)).rejects.toThrow(IndexAwayError);
    expect([tried, changes]).toEqual([0, [true]]);
  });

  it('finds out by itself when Redis serves again, probing one at a time', async () => {
    newBreaker();
    await failTimes(3);
    await probed.promise;
    serves = true;
    await back.promise;
    expect(await breaker.run(() => Promise.resolve('fine'))).toBe('fine');
    expect(changes).toEqual([true, false]);
    expect(probes).toBe(3);
  });

  it('is not fooled by an answer that was under way when the others failed', async () => {
    newBreaker();
    const slow = Promise.withResolvers<string>();
    const answer = breaker.run(() => slow.promise);
    await failTimes(3);
    slow.resolve('late');
    expect(await answer).toBe('late');
    expect(breaker.isAway).toBe(true);
  });

  it('bounds the calls under way', async () => {
    newBreaker();
    const gate = Promise.withResolvers<string>();
    const calls = Array.from({ length: 512 }, () => breaker.run(() => gate.promise));
    await expect(breaker.run(() => gate.promise)).rejects.toThrow(IndexAwayError);
    gate.resolve('done');
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['done']));
    expect(changes).toEqual([]);
  });

  it('does not take a key of the wrong type for an outage', async () => {
    newBreaker();
    const wrong = (): Promise<never> => Promise.reject(new Error('ERR WRONGTYPE Operation against a key'));
    for (let i = 0; i < 9; i++) await expect(breaker.run(wrong)).rejects.toThrow('WRONGTYPE');
    expect(changes).toEqual([]);
  });
});
