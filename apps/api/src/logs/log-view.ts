import { strictObject } from '@holdfast/contract';
import type { LogLine as StoredLine, LogPosition } from '@holdfast/domain';
import { z } from 'zod';
import { cursorField, limitField } from '../http/page.ts';

/** A line that a handler kept with its job. */
export const LogLine = z
  .object({
    attempt: z.int(),
    fence: z.int().meta({ description: 'Of the attempt; grows with every start' }),
    number: z.int().meta({ description: 'Within the attempt, from 1' }),
    at: z.iso.datetime(),
    line: z.string(),
  })
  .meta({ id: 'LogLine' });
export type LogLine = z.output<typeof LogLine>;

const POSITION = /^\d{1,10}\.\d{1,5}$/;

export const LogQuery = strictObject({
  limit: limitField,
  cursor: cursorField(z.string().regex(POSITION)),
});
export type LogQuery = z.output<typeof LogQuery>;

export function viewOfLine({ attempt, fence, number, at, line }: StoredLine): LogLine {
  return { attempt, fence, number, at: new Date(at).toISOString(), line };
}

export function keyOfLine({ fence, number }: LogPosition): string {
  return `${fence}.${number}`;
}

export function positionOf(key = '0.0'): LogPosition {
  const [fence = 0, number = 0] = key.split('.').map(Number);
  return { fence, number };
}
