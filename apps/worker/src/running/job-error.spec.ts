import { describe, expect, it } from '@jest/globals';
import { JOB_LIMITS } from '@holdfast/domain';
import { toJobError } from './job-error.ts';

const SECRET = 'hunter2-is-a-secret';

describe('an error that repeats a secret', () => {
  it.each([
    ['an error', new Error(`login with ${SECRET} failed`)],
    ['a text', `no ${SECRET}`],
    ['an object', { given: SECRET }],
    ['an error that is cut within the secret', new Error(`${'x'.repeat(995)}${SECRET}`)],
  ])('is kept without it: %s', (_, thrown) => {
    expect(JSON.stringify(toJobError(thrown, [SECRET]))).not.toContain(SECRET.slice(0, 4));
  });
});

describe('what is kept of what a handler threw', () => {
  it('is name, message and stack of an error', () => {
    const error = new TypeError('not that');
    expect(toJobError(error)).toEqual({ name: 'TypeError', message: 'not that', stack: error.stack });
  });

  it.each([
    ['a string', 'no', 'no'],
    ['an object', { code: 7 }, '{"code":7}'],
    ['nothing', undefined, 'nothing was thrown'],
    ['a bigint', 1n, 'a value that cannot be shown'],
  ])('is a message of %s', (_, thrown, message) => {
    expect(toJobError(thrown)).toEqual({ name: 'Error', message });
  });

  it('survives errors whose fields are no strings', () => {
    const strange = Object.assign(new Error('x'), { name: 404, message: { deep: true } });
    expect(toJobError(strange)).toMatchObject({ name: '404', message: '{"deep":true}' });
  });

  it('fits its column, however long the error and however it must be escaped', () => {
    const long = new Error('"\n'.repeat(50_000));
    expect(Buffer.byteLength(JSON.stringify(toJobError(long)))).toBeLessThanOrEqual(JOB_LIMITS.errorBytes);
  });
});
