import { DURATION_FORMS, formatDuration, parseDuration } from '@holdfast/runtime';
import { JOB_LIMITS, NAME_PATTERN } from '@holdfast/domain';
import { z } from 'zod';
import { nearest } from './nearest.ts';

const NAME_FORM = 'lower-case letters, digits, dots, dashes and underscores, the first a letter or digit';

/**
 * An object that refuses fields it does not know, and says which it does.
 *
 * @param instead for fields that are known elsewhere: what to do here
 */
export function strictObject<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  instead: Readonly<Record<string, string>> = {},
) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? unknownMessage(issue.keys, known, instead) : 'must be an object',
  });
}

/** Looks at the first few: whoever sends thousands meant none of them. */
function unknownMessage(
  unknown: readonly string[],
  known: readonly string[],
  instead: Readonly<Record<string, string>>,
): string {
  const first = unknown.slice(0, 5);
  const lessons = Map.groupBy(
    first.filter((name) => Object.hasOwn(instead, name)),
    (name) => instead[name],
  );
  const taught = [...lessons].map(([lesson, names]) => `instead of ${names.join(', ')}: ${lesson}`);
  if (taught.length > 0) return `is not known here; ${taught.join('; ')}`;
  const meant = new Set(first.flatMap((name) => nearest(name, known) ?? []));
  const hint = meant.size === 0 ? '' : `; did you mean ${[...meant].join(' or ')}?`;
  return `is not known here${hint}${hint === '' ? ';' : ''} known are ${known.join(', ')}`;
}

/** How a duration is written, for documents; `parseDuration` judges it. */
const DURATION_TEXT = {
  type: 'string',
  pattern: String.raw`^\d{1,15}(ms|s|m|h|d)?$`,
  examples: ['500ms', '10s', '5m', '2h', '1d'],
};

/** @returns a schema from a duration, as text or as a number of milliseconds, to milliseconds */
export function durationField(min: number, max: number) {
  const message = `must be a duration from ${formatDuration(min)} to ${formatDuration(max)}: ${DURATION_FORMS}`;
  return z
    .union([z.string(), z.number()], message)
    .transform((value, context) => {
      const milliseconds = parseDuration(value);
      if (milliseconds !== undefined && milliseconds >= min && milliseconds <= max) return milliseconds;
      context.addIssue(message);
      return z.NEVER;
    })
    .meta({
      description: `A duration: ${DURATION_FORMS}`,
      anyOf: [DURATION_TEXT, { type: 'integer', minimum: min, maximum: max }],
    });
}

export function integerField(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.int(message).min(min, message).max(max, message);
}

export function nameField(maxLength: number) {
  const message = `must be 1 to ${maxLength} characters: ${NAME_FORM}`;
  return z.string(message).max(maxLength, message).regex(NAME_PATTERN, message);
}

export const queueField = nameField(JOB_LIMITS.nameLength);
export const typeField = nameField(JOB_LIMITS.typeLength);

/** Control characters could not be shown, and MySQL's collation does not see spaces at the end. */
const PRINTABLE = /^(?! )\P{C}+(?<! )$/u;
export function printableField(maxLength: number, message: string) {
  return z.string(message).max(maxLength, message).regex(PRINTABLE, message);
}

const TAG_MESSAGE = `must be 1 to ${JOB_LIMITS.tagLength} printable characters without spaces around them`;
export const tagField = printableField(JOB_LIMITS.tagLength, TAG_MESSAGE);

const LANE_KEY_MESSAGE = `must be 1 to ${JOB_LIMITS.laneKeyLength} printable characters without spaces around them`;
/** What jobs are held back or take turns by. */
export const laneKeyField = printableField(JOB_LIMITS.laneKeyLength, LANE_KEY_MESSAGE);

const ID_MESSAGE = 'must be a UUID such as 0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d, and not all zeros or all f';
/** The two that it is not are where lists begin and end. */
export const idField = z
  .guid({ error: ID_MESSAGE, abort: true })
  .toLowerCase()
  .refine((id) => /[^0-]/.test(id) && /[^f-]/.test(id), ID_MESSAGE);

/**
 * An RFC 3339 time with its zone, to epoch milliseconds. What is finer than a millisecond is rounded up, so that
 * nothing starts before the time that was asked for.
 */
export function timeField() {
  const message = 'must be an RFC 3339 time with a zone, such as 2026-12-31T09:30:00Z';
  return z.iso.datetime({ offset: true, error: message }).transform((text) => {
    const finer = /\.\d{3}(\d+)/.exec(text)?.[1] ?? '';
    return Date.parse(text) + (/[1-9]/.test(finer) ? 1 : 0);
  });
}
