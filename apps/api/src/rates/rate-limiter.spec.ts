import { describe, expect, it } from '@jest/globals';
import { RateLimiter, type CountExchange } from './rate-limiter.ts';

const POLICY = { limit: 100, windowMs: 60_000 };
const NOON = Date.UTC(2030, 0, 1, 12);

const countTimes = (limiter: RateLimiter, times: number, name = 'me', now = NOON) => {
  for (let n = 1; n < times; n++) limiter.count(name, now);
  return limiter.count(name, now);
};

/** Redis, as far as it matters here. */
class Exchange implements CountExchange {
  readonly totals = new Map<string, number>();
  away = false;

  add(window: number, additions: ReadonlyMap<string, number>): Promise<number[]> {
    if (this.away) return Promise.reject(new Error('away'));
    return Promise.resolve([...additions].map(([name, n]) => this.addOne(`${window} ${name}`, n)));
  }

  private addOne(key: string, n: number): number {
    const total = (this.totals.get(key) ?? 0) + n;
    this.totals.set(key, total);
    return total;
  }
}

describe('a rate limiter', () => {
  it('lets through as many as the limit, and says how many are left and for how long', () => {
    const limiter = new RateLimiter(POLICY);
    expect(countTimes(limiter, 99, 'me', NOON + 45_000)).toEqual({
      limit: 100,
      remaining: 1,
      exceeded: false,
      resetMs: 15_000,
    });
    expect(limiter.count('me', NOON + 46_000)).toMatchObject({ remaining: 0, exceeded: false });
    expect(limiter.count('me', NOON + 46_000)).toMatchObject({ remaining: 0, exceeded: true });
    expect(limiter.count('another', NOON + 46_000)).toMatchObject({ remaining: 99, exceeded: false });
  });

  it('begins anew with each window', () => {
    const limiter = new RateLimiter(POLICY);
    expect(countTimes(limiter, 101).exceeded).toBe(true);
    expect(limiter.count('me', NOON + 60_000)).toMatchObject({ remaining: 99, exceeded: false });
  });

  it('with a limit of 0 limits nobody', () => {
    expect(countTimes(new RateLimiter({ ...POLICY, limit: 0 }), 1000).exceeded).toBe(false);
  });

  it('counts what other processes saw', async () => {
    const exchange = new Exchange();
    const [here, there] = [new RateLimiter(POLICY, exchange), new RateLimiter(POLICY, exchange)];
    countTimes(here, 60);
    countTimes(there, 60);
    await here.share(NOON);
    await there.share(NOON);
    here.count('me', NOON);
    await here.share(NOON);
    expect(here.count('me', NOON)).toMatchObject({ exceeded: true });
    expect(there.count('me', NOON)).toMatchObject({ exceeded: true });
  });

  it('tells nobody of a name that came seldom', async () => {
    const exchange = new Exchange();
    const limiter = new RateLimiter(POLICY, exchange);
    limiter.count('me', NOON);
    await limiter.share(NOON);
    expect(exchange.totals.size).toBe(0);
  });

  it('limits by itself while Redis is away, and tells what it saw once it is back', async () => {
    const exchange = new Exchange();
    const limiter = new RateLimiter(POLICY, exchange);
    exchange.away = true;
    expect(countTimes(limiter, 101).exceeded).toBe(true);
    await limiter.share(NOON);
    exchange.away = false;
    await limiter.share(NOON);
    expect([...exchange.totals.values()]).toEqual([101]);
    expect(limiter.count('me', NOON).exceeded).toBe(true);
  });

  it('lets nobody wait for an exchange that hangs, and begins no second one', async () => {
    let calls = 0;
    const hanging: CountExchange = { add: () => (calls++, new Promise<never>(() => undefined)) };
    const limiter = new RateLimiter(POLICY, hanging);
    countTimes(limiter, 50);
    void limiter.share(NOON);
    await limiter.share(NOON);
    expect(limiter.count('me', NOON)).toMatchObject({ remaining: 49 });
    expect(calls).toBe(1);
  });

  it('remembers a bounded number of names', () => {
    const limiter = new RateLimiter(POLICY);
    countTimes(limiter, 100, 'first');
    for (let n = 0; n < 20_000; n++) limiter.count(`name ${n}`, NOON);
    expect(limiter.count('first', NOON).exceeded).toBe(false);
  });
});
