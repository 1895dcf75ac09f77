import { describe, expect, it } from '@jest/globals';
import { OldestDueSearch, type DueHead, type Look, type Looked } from './oldest-due-search.ts';

/** The jobs of each head, the one first that is due longest: how long, and whether it is the tenant's own. */
type Jobs = readonly (readonly [ageMs: number, isOwn: boolean])[];

const headOf = (jobs: Jobs, n: number): DueHead => ({ queue: `q${n}`, priority: 0, ageMs: jobs[0]?.[0] ?? 0 });
const others = (n: number, from: number): Jobs => Array.from({ length: n }, (_, k) => [from - k, false] as const);

function search(heads: readonly Jobs[], abreast: number) {
  const known = new OldestDueSearch(heads.map(headOf));
  const steps: number[] = [];
  for (;;) {
    const looks = known.next(abreast);
    if (looks.length === 0) return { oldestMs: known.oldestMs, steps };
    steps.push(looks.length);
    known.learn(looks.map((look) => lookInto(heads[Number(look.head.queue.slice(1))] ?? [], look)));
  }
}

/** As the statement does. */
function lookInto(jobs: Jobs, { longerMs, limit }: Look): Looked {
  const seen = jobs.filter(([ageMs]) => ageMs >= longerMs).slice(0, limit);
  const own = seen.filter(([, isOwn]) => isOwn).map(([ageMs]) => ageMs);
  return { n: seen.length, oldestMs: own[0] ?? null, lastMs: seen.at(-1)?.[0] ?? null };
}

describe.each([1, 3, 8])('the search for the oldest due job, in %d queues at once', (abreast) => {
  it('finds it wherever it is, whoever stands before it', () => {
    const heads = [others(5, 900), [...others(50, 800), [700, true] as const], [[750, true] as const], others(3, 600)];
    expect(search(heads, abreast).oldestMs).toBe(750);
  });

  it('ends without one where the tenant has none', () => {
    expect(search([others(5, 900), others(3, 600)], abreast).oldestMs).toBeUndefined();
    expect(search([], abreast)).toEqual({ oldestMs: undefined, steps: [] });
  });

  it('does not look where nothing older can be', () => {
    const heads = [[[900, true] as const], ...Array.from({ length: 20 }, (_, n) => others(5, 800 - n))];
    expect(search(heads, abreast)).toEqual({ oldestMs: 900, steps: [abreast] });
  });

  it('says how long the last was due that it looked at, where hundreds of others stand before', () => {
    expect(search([others(1_000, 5_000)], abreast).oldestMs).toBe(5_000 - 499);
  });

  it('looks into thirty heads and no more', () => {
    const heads = Array.from({ length: 40 }, (_, n) => others(3, 900 - n));
    const { oldestMs, steps } = search(heads, abreast);
    expect(steps.reduce((sum, n) => sum + n, 0)).toBe(30);
    expect(oldestMs).toBe(900 - 30);
  });
});
