import { describe, expect, it } from '@jest/globals';
import { validate, version } from 'uuid';
import { newJobId } from './new-job-id.ts';

const MANY = 2_000;

describe('newJobId', () => {
  it('makes UUIDs version 7', () => {
    const id = newJobId();
    expect(validate(id) && version(id)).toBe(7);
  });

  it('makes each behind those before, within a millisecond and when the clock is set back', () => {
    const now = Date.now() + 60_000;
    const ids = Array.from({ length: MANY }, (_, n) => newJobId(now - (n % 3)));
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(MANY);
  });

  it('begins each millisecond elsewhere, and ends each id otherwise', () => {
    const now = Date.now() + 120_000;
    const ids = Array.from({ length: MANY }, (_, n) => newJobId(now + n));
    expect(new Set(ids.map((id) => id.slice(14, 23))).size).toBeGreaterThan(MANY / 2);
    expect(new Set(ids.map((id) => id.slice(24))).size).toBe(MANY);
  });
});
