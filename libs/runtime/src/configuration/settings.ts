import { hostname } from 'node:os';
import { z } from 'zod';
import { DURATION_FORMS, parseDuration } from '../duration.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** @param fallback what the variable means when it is not set */
export function duration(fallback: string, { min = 1, max = 365 * 86_400_000 } = {}): z.ZodType<number> {
  return z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const milliseconds = parseDuration(text);
      if (milliseconds !== undefined && milliseconds >= min && milliseconds <= max) return milliseconds;
      context.addIssue(`must be a duration from ${min} ms to ${max} ms, written as ${DURATION_FORMS}`);
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
      context.addIssue(
        `must be "never" or a duration from 1s to ${RETENTION_MAX_MS / 86_400_000}d, written as ${DURATION_FORMS}`,
      );
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

function serverUrl(example: string, protocols: readonly string[]): z.ZodType<string> {
  return z
    .string(`is required: ${example}`)
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL like ${example}`,
    );
}

const HOST = /(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?/.source;
const REDIS_URL = new RegExp(
  `^(?:rediss?://(?:[^@/]*@)?${HOST}(?:/\\d*)?` +
    `|redis\\+sentinel://(?:[^@/]*@)?${HOST}(?:,${HOST})*/[^/?#]+(?:/\\d*)?` +
    `|redis\\+cluster://(?:[^@/]*@)?${HOST}(?:,${HOST})*/?)(?:\\?.*)?$`,
  'i',
);
const REDIS_URL_FORMS = 'redis://host:6379, rediss://…, redis+sentinel://host,host/master, redis+cluster://host,host';

/** What every program reads. */
export const COMMON_SETTINGS = {
  DATABASE_URL: serverUrl('mysql://user:password@host:3306/database', ['mysql:', 'mariadb:']),
  /** Empty: MySQL alone. */
  REDIS_URL: z.string().regex(REDIS_URL, `must read like ${REDIS_URL_FORMS}, or be empty`).optional(),
  /** Installations that share a Redis server differ in it. */
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores')
    .default('holdfast'),
  /** The address to listen on. */
  LISTEN_HOST: z.string().default('0.0.0.0'),
  DATABASE_CONNECTIONS: integer(10, 2, 1000),
  /** Whether every transition of every job is also written down one by one. */
  TRANSITION_JOURNAL: flag(false),
  /** What whoever reads /metrics must bear; without it anybody may. */
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
} as const;

/** The same, by the names that programs use. */
export function commonConfiguration(settings: z.output<z.ZodObject<typeof COMMON_SETTINGS>>) {
  return {
    host: settings.LISTEN_HOST,
    databaseUrl: settings.DATABASE_URL,
    databaseConnections: settings.DATABASE_CONNECTIONS,
    redisUrl: settings.REDIS_URL,
    redisPrefix: settings.REDIS_PREFIX,
    journalAs: settings.TRANSITION_JOURNAL ? `${hostname()}:${process.pid}` : undefined,
    metricsToken: settings.METRICS_TOKEN,
    logLevel: settings.LOG_LEVEL,
  };
}
