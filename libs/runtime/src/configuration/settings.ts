import { z } from 'zod';
import { DURATION_FORMS, formatDuration, parseDuration } from '../duration.ts';

/** @param fallback what the variable means when it is not set */
export function duration(fallback: string, { min = 1, max = 365 * 86_400_000 } = {}): z.ZodType<number> {
  return z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const milliseconds = parseDuration(text);
      if (milliseconds !== undefined && milliseconds >= min && milliseconds <= max) return milliseconds;
      context.addIssue(
        `must be a duration from ${formatDuration(min)} to ${formatDuration(max)}, written as ${DURATION_FORMS}`,
      );
      return z.NEVER;
    });
}

const RETENTION_MAX_MS = 10 * 365 * 86_400_000;

/** How long something is kept: a duration, or undefined where it is `never` deleted. */
export function retention(fallback: string): z.ZodType<number | undefined> {
  return z
    .string()
    .default(fallback)
    .transform((text, context) => {
      if (text === 'never') return undefined;
      const milliseconds = parseDuration(text);
      if (milliseconds !== undefined && milliseconds >= 1_000 && milliseconds <= RETENTION_MAX_MS) return milliseconds;
      const longest = formatDuration(RETENTION_MAX_MS);
      context.addIssue(`must be "never" or a duration from 1s to ${longest}, written as ${DURATION_FORMS}`);
      return z.NEVER;
    });
}

export function integer(fallback: number, min: number, max: number): z.ZodType<number> {
  return z
    .string()
    .default(String(fallback))
    .transform((text, context) => {
      const number = /^\d+$/.test(text) ? Number(text) : NaN;
      if (number >= min && number <= max) return number;
      context.addIssue(`must be a whole number from ${min} to ${max}`);
      return z.NEVER;
    });
}

/** 0 lets the system choose a free port. */
export function port(fallback: number): z.ZodType<number> {
  return integer(fallback, 0, 65_535);
}

export function flag(fallback: boolean): z.ZodType<boolean> {
  return z
    .enum(['true', 'false'], 'must be true or false')
    .default(fallback ? 'true' : 'false')
    .transform((text) => text === 'true');
}

export function list(fallback: string): z.ZodType<string[]> {
  return z
    .string()
    .default(fallback)
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    );
}

/** Names and how much each counts: `acme=3, beta=0.5`. */
export function weights(): z.ZodType<Record<string, number>> {
  const message = 'must be names and weights above 0 and up to 1000, such as acme=3, beta=0.5';
  return z
    .string()
    .default('')
    .transform((text, context) => {
      const items = text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
      const pairs = items.map((item) => /^([a-z0-9][a-z0-9._-]*)\s*=\s*(\d+(?:\.\d+)?)$/.exec(item));
      const entries = pairs.map((pair) => [pair?.[1] ?? '', Number(pair?.[2])] as const);
      if (entries.every(([, weight]) => weight > 0 && weight <= 1_000)) return Object.fromEntries(entries);
      context.addIssue(message);
      return z.NEVER;
    });
}
