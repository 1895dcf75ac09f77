import { describe, expect, it } from '@jest/globals';
import { Loop } from './loop.ts';

const NEVER_MS = 3_600_000;

/** A loop whose rounds are awaited one by one. */
function observedLoop(round: (n: number) => number) {
  let rounds = 0;
  let waiting: { n: number; resolve: () => void } | undefined;
  const errors: unknown[] = [];
  const loop = new Loop({
    round: () => {
      rounds += 1;
      if (waiting && rounds >= waiting.n) waiting.resolve();
      return Promise.resolve().then(() => round(rounds));
    },
    onError: (error) => errors.push(error),
  });
  const reached = (n: number): Promise<void> =>
    rounds >= n ? Promise.resolve() : new Promise((resolve) => (waiting = { n, resolve }));
  return { loop, reached, errors, count: () => rounds };
}

describe('a loop', () => {
  it('does its next round when the pause that the last one asked for is over', async () => {
    const { loop, reached } = observedLoop(() => 1);
    loop.start();
    await reached(3);
    await loop.stop();
  });

  it('does its next round at once when nudged', async () => {
    const { loop, reached } = observedLoop(() => NEVER_MS);
    loop.start();
    await reached(1);
    loop.nudge();
    await reached(2);
    await loop.stop();
  });

  it('remembers a nudge that comes during a round', async () => {
    const { loop, reached } = observedLoop((n) => {
      if (n === 1) loop.nudge();
      return NEVER_MS;
    });
    loop.start();
    await reached(2);
    await loop.stop();
  });

  it('tells of a failed round and goes on', async () => {
    const { loop, reached, errors } = observedLoop((n) => {
      if (n === 1) throw new Error('once');
      return NEVER_MS;
    });
    loop.start();
    await reached(2);
    await loop.stop();
    expect(errors).toEqual([new Error('once')]);
  });

  it('does nothing more once stopped, and stopping does not wait for the pause', async () => {
    const { loop, reached, count } = observedLoop(() => NEVER_MS);
    loop.start();
    await reached(1);
    await loop.stop();
    loop.nudge();
    expect(count()).toBe(1);
  });
});
