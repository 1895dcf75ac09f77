import { describe, expect, it } from '@jest/globals';
import { formatDuration, parseDuration } from './duration.ts';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1500', 1_500],
    [1_500, 1_500],
    ['0s', 0],
  ])('%p is %d milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each([
    '',
    's',
    '-1s',
    '1.5s',
    '1 s',
    '1S',
    '1w',
    '10s10s',
    '1e3',
    '٣s',
    '999999999999999d',
    -1,
    1.5,
    NaN,
    Infinity,
  ])('%p is not one', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [90_000, '90s'],
    [3_600_000, '1h'],
    [31_536_000_000, '365d'],
  ])('of %d milliseconds is written %p, and read again as such', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
    expect(parseDuration(text)).toBe(milliseconds);
  });
});
