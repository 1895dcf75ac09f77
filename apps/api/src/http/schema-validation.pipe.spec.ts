import { describe, expect, it } from '@jest/globals';
import { strictObject } from '@holdfast/contract';
import { z } from 'zod';
import { Problem } from './problem.ts';
import { SchemaValidationPipe } from './schema-validation.pipe.ts';

const NUMBER = 'must be a number';
const schema = strictObject({
  a: z.number(NUMBER),
  b: strictObject({ c: z.number(NUMBER) }).optional(),
  d: z.array(z.number(NUMBER)).optional(),
  f: z.record(z.string().max(1, 'must be short'), z.number(NUMBER), 'must be an object').optional(),
}).refine(({ a }) => a !== 13, { error: 'give another than 13', path: ['e'] });

async function refusal(value: unknown, type: 'body' | 'query' = 'body') {
  const answer = new SchemaValidationPipe().transform(value, { type, schema });
  const problem = await answer.catch((error: unknown) => error);
  if (problem instanceof Problem) return { detail: problem.detail, errors: problem.extras.errors };
  throw new Error('it was not refused');
}

describe('what is not valid', () => {
  it.each([
    ['must be something else', { a: 'x' }, '/a', NUMBER],
    ['is null and must be something else', { a: null }, '/a', NUMBER],
    ['is missing', {}, '/a', `is missing; it ${NUMBER}`],
    ['is missing further down', { a: 1, b: {} }, '/b/c', `is missing; it ${NUMBER}`],
    ['is a name that may not be', { a: 1, f: { long: 1 } }, '/f/long', 'is a name that must be short'],
    ['does not go with the rest', { a: 13 }, '/e', 'give another than 13'],
  ])('%s, and is told so', async (_, body, pointer, message) => {
    const { detail, errors } = await refusal(body);
    expect(errors).toEqual([{ pointer, message }]);
    expect(detail).toBe('The body has faults; errors lists them.');
  });

  it('was given twice in a query, and is told so', async () => {
    expect((await refusal({ a: ['1', '2'] }, 'query')).errors).toEqual([
      { pointer: '/a', message: 'is given 2 times, and may be given once' },
    ]);
  });

  it('is listed up to the twentieth fault, and counted', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`x${n}`, n]));
    const { detail, errors } = await refusal({ a: 1, d: Array.from({ length: 15 }, () => 'x'), ...unknown });
    expect(errors).toHaveLength(20);
    expect(detail).toBe('The body has faults; errors lists the first 20 of 30.');
  });
});
