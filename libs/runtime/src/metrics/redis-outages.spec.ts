import { expect, test } from '@jest/globals';
import { Metrics } from './metrics.ts';
import { RedisOutages } from './redis-outages.ts';

test('outages of Redis that begin and end between two scrapes show in what was counted', async () => {
  let [now, isAway] = [1_000, false];
  let change = (): void => undefined;
  const metrics = new Metrics('test');
  new RedisOutages({ isAway: () => isAway, onChange: (listener) => (change = listener) }, () => now).show(metrics);
  const become = (away: boolean, afterMs: number): void => {
    now += afterMs;
    isAway = away;
    change();
  };
  const shown = async (): Promise<(string | undefined)[]> => {
    const text = await metrics.text();
    const read = (name: string) => new RegExp(`^holdfast_redis_${name} (.+)$`, 'm').exec(text)?.[1];
    return ['away', 'outages_total', 'away_seconds_total'].map(read);
  };

  expect(await shown()).toEqual(['0', '0', '0']);
  become(true, 500);
  become(true, 1_000); // another server of the cluster
  become(false, 2_000);
  become(false, 100);
  expect(await shown()).toEqual(['0', '1', '3']);
  become(true, 60_000);
  now += 250;
  expect(await shown()).toEqual(['1', '2', '3.25']);
});
