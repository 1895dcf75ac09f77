import { describe, expect, it } from '@jest/globals';
import { Submission } from './submission.schema.ts';

const parse = (fields: Record<string, unknown>) => Submission.parse({ type: 'echo', ...fields });

describe('a submission', () => {
  it('means the documented defaults by what it leaves out', () => {
    expect(parse({})).toEqual({
      type: 'echo',
      payload: { value: {}, text: '{}' },
      queue: 'default',
      priority: 0,
      timeout: 30_000,
      maxAttempts: 5,
      backoff: { strategy: 'exponential', delayMs: 1_000, maxDelayMs: 3_600_000, jitter: 0.1 },
      tags: [],
      dependsOn: [],
    });
  });

  it('takes durations as text and as milliseconds', () => {
    expect(parse({ delay: '90s' }).delay).toBe(90_000);
    expect(parse({ delay: 90_000 }).delay).toBe(90_000);
    expect(parse({ delay: '90000' }).delay).toBe(90_000);
  });

  it('rounds a finer time up, so that nothing starts early', () => {
    const at = (runAt: string) => parse({ runAt }).runAt;
    expect(at('2030-01-01T00:00:00.123000Z')).toBe(Date.parse('2030-01-01T00:00:00.123Z'));
    expect(at('2030-01-01T00:00:00.123001Z')).toBe(Date.parse('2030-01-01T00:00:00.124Z'));
    expect(at('2030-01-01T02:00:00+02:00')).toBe(Date.parse('2030-01-01T00:00:00Z'));
  });

  it('raises the default cap of a backoff that starts above it', () => {
    expect(parse({ backoff: { delay: '2h' } }).backoff.maxDelayMs).toBe(7_200_000);
  });

  it('writes ids in lower case', () => {
    expect(parse({ id: '0198C2F4-8A4E-7C31-9D65-0A8D3F1B2C4D' }).id).toBe('0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d');
  });

  it('keeps a payload as it was sent, whatever its keys are called', () => {
    const payload = { constructor: 'Ferrari', prototype: 1, nested: [{ 'a/b': null }], text: '\u0000\ud83d\ude00' };
    expect(JSON.parse(parse({ payload }).payload.text)).toEqual(payload);
  });

  it('accepts a payload just within its limits', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 19; level++) deep = [deep];
    const keys = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`k${n}`, n]));
    expect(() => parse({ payload: { deep } })).not.toThrow();
    expect(() => parse({ payload: keys })).not.toThrow();
    expect(() => parse({ payload: { text: 'x'.repeat(256 * 1024 - 11) } })).not.toThrow();
  });
});
