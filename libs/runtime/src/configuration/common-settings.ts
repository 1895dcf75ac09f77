import { hostname } from 'node:os';
import { z } from 'zod';
import { fileOf } from './configuration.ts';
import { flag, integer } from './settings.ts';
import { TRACING_SETTINGS, tracingOptions } from './tracing-settings.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

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
  ...TRACING_SETTINGS,
} as const;

/** The same, by the names that programs use. */
export function commonConfiguration(settings: z.output<z.ZodObject<typeof COMMON_SETTINGS>>) {
  return {
    host: settings.LISTEN_HOST,
    databaseUrl: withPasswordFile(settings.DATABASE_URL, fileOf('DATABASE_URL')),
    databaseConnections: settings.DATABASE_CONNECTIONS,
    redisUrl: settings.REDIS_URL && withPasswordFile(settings.REDIS_URL, fileOf('REDIS_URL')),
    redisPrefix: settings.REDIS_PREFIX,
    journalAs: settings.TRANSITION_JOURNAL ? `${hostname()}:${process.pid}` : undefined,
    metricsToken: settings.METRICS_TOKEN,
    logLevel: settings.LOG_LEVEL,
    tracing: tracingOptions(settings),
  };
}

/** A URL that came from a file is looked up there again for each new connection, so that its password may change. */
function withPasswordFile(url: string, file: string | undefined): string {
  if (file === undefined) return url;
  return `${url}${url.includes('?') ? '&' : '?'}passwordFile=${encodeURIComponent(file)}`;
}
