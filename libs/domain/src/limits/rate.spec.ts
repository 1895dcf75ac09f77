import { describe, expect, it } from '@jest/globals';
import { afterStarts, roomInRate } from './rate.ts';

const NOW = 1_000_000;

describe('a rate', () => {
  it.each([1, 3, 50])(
    'of which %d may start at once lets no more through in any span than its share and those',
    (burst) => {
      const rate = { limit: 100, perMs: 1_000, burst };
      const starts: number[] = [];
      let due = 0;
      for (let now = NOW; now < NOW + 5_000; now += 1 + ((now * 7) % 23)) {
        const { room } = roomInRate(rate, due, now);
        due = afterStarts(rate, due, now, room);
        for (let n = 0; n < room; n++) starts.push(now);
      }
      for (const [index, from] of starts.entries()) {
        const within = starts.slice(index).filter((at) => at - from < 1_000).length;
        expect(within).toBeLessThanOrEqual(rate.limit + burst);
      }
      expect(starts.length).toBeGreaterThan(4.8 * rate.limit * (burst === 1 ? 0.5 : 1));
    },
  );

  it('says when the next may start, and lets it then', () => {
    const rate = { limit: 60, perMs: 60_000, burst: 2 };
    const due = afterStarts(rate, 0, NOW, 2);
    const { room, until } = roomInRate(rate, due, NOW);
    expect([room, until]).toEqual([0, NOW + 1_000]);
    expect(roomInRate(rate, due, NOW + 999).room).toBe(0);
    expect(roomInRate(rate, due, NOW + 1_000).room).toBe(1);
  });
});
