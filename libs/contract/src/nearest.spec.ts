import { describe, expect, it } from '@jest/globals';
import { nearest } from './nearest.ts';

const KNOWN = ['type', 'payload', 'priority', 'runAt', 'maxAttempts', 'tags', 'id'];

describe('the nearest known name', () => {
  it.each([
    ['prioritty', 'priority'],
    ['tag', 'tags'],
    ['run_at', 'runAt'],
    ['max_attempts', 'maxAttempts'],
    ['MAXATTEMPTS', 'maxAttempts'],
    ['paylaod', 'payload'],
  ])('to %s is %s', (name, meant) => {
    expect(nearest(name, KNOWN)).toBe(meant);
  });

  it.each(['state', 'x', '', 'constructor', 'p'.repeat(1_000_000)])('to %.20s is none', (name) => {
    expect(nearest(name, KNOWN)).toBeUndefined();
  });
});
