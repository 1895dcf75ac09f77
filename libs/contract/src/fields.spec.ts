import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { strictObject } from './fields.ts';
import { WorkflowJob } from './workflow.schema.ts';

const faultsOf = (schema: z.ZodType, value: unknown): string[] =>
  schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

describe('an object with a field that it does not know', () => {
  const Sheet = strictObject(
    { colour: z.string().optional(), size: z.int().optional() },
    { weight: 'a sheet has a size', mass: 'a sheet has a size', smell: 'ask a dog' },
  );

  it.each([
    [{ color: 'red' }, 'is not known here; did you mean colour? known are colour, size'],
    [{ taste: 'sweet' }, 'is not known here; known are colour, size'],
    [{ weight: 7 }, 'is not known here; instead of weight: a sheet has a size'],
    [
      { weight: 7, smell: 'good', mass: 8 },
      'is not known here; instead of weight, mass: a sheet has a size; instead of smell: ask a dog',
    ],
    [{ constructor: 1 }, 'is not known here; known are colour, size'],
  ])('%j is refused with what would be right', (value, message) => {
    expect(faultsOf(Sheet, value)).toEqual([message]);
  });

  it('is told what to do in a workflow instead of giving a unique key', () => {
    expect(faultsOf(WorkflowJob, { type: 'echo', uniqueKey: 'sync' })[0]).toContain('an Idempotency-Key');
  });
});
