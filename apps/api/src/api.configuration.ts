import { createPublicKey } from 'node:crypto';
import {
  COMMON_SETTINGS,
  commonConfiguration,
  duration,
  integer,
  list,
  port,
  readConfiguration,
} from '@holdfast/runtime';
import { registerAs, type ConfigType } from '@nestjs/config';
import { z } from 'zod';
import { HTTP_LIMITS, type HttpLimits } from './http/http-limits.ts';

const KEYS = ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URL'] as const;
const SECRET_LENGTH = 32;
/** The secrets that `npm start` makes and that compose.yaml brings say what they are for. */
const DEVELOPMENT_SECRET = /development/i;
const DIFFERENT_CHARACTERS = 10;
const PEM = /-----BEGIN ([^-]+)-----[^-]+-----END \1-----/g;
const GIB = 1024 ** 3;

export const ApiSettings = z
  .object({
    ...COMMON_SETTINGS,
    API_PORT: port(3000),
    JWT_SECRET: z
      .string()
      .transform(toLines)
      .refine(
        (secrets) => secrets.every(({ length }) => length >= SECRET_LENGTH),
        `must have at least ${SECRET_LENGTH} characters, such as "openssl rand -hex 32" prints; several stand in a line each`,
      )
      .optional(),
    JWT_PUBLIC_KEY: z
      .string()
      .transform(toPems)
      .refine((keys) => keys.every(isPublicKey), 'must be RSA, P-256 or Ed25519 public keys in PEM form')
      .optional(),
    JWT_JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
    JWT_ISSUER: z.string().default('holdfast'),
    JWT_AUDIENCE: z.string().default('holdfast'),
    NODE_ENV: z.string().default('development'),
    BODY_LIMIT: integer(HTTP_LIMITS.bodyBytes, 1024, GIB),
    BATCH_BODY_LIMIT: integer(HTTP_LIMITS.batchBodyBytes, 1024, GIB),
    REQUEST_TIMEOUT: duration('30s', { min: 100, max: 3_600_000 }),
    TRUST_PROXY: list(''),
    CORS_ORIGINS: list('').refine((origins) => origins.every(isOrigin), 'must be origins such as https://app.example'),
    RATE_LIMIT: integer(600_000, 0, 1_000_000_000),
    WRONG_TOKEN_LIMIT: integer(600, 1, 1_000_000_000),
    DRAIN_DELAY: duration('5s', { min: 0, max: 600_000 }),
  })
  .refine((settings) => KEYS.filter((name) => settings[name] !== undefined).length === 1, {
    error: `set exactly one of ${KEYS.join(', ')}`,
    path: ['JWT_SECRET'],
    when: () => true, // so that it is told together with everything else that is wrong
  })
  .refine((settings) => settings.NODE_ENV !== 'production' || isFitForProduction(settings.JWT_SECRET), {
    error: 'is a secret for development; production needs one of its own, such as "openssl rand -hex 32" prints',
    path: ['JWT_SECRET'],
    when: () => true,
  });

/** Everything that the api reads from its environment. */
export const apiConfiguration = registerAs('api', () => toConfiguration(readConfiguration(ApiSettings)));

export type ApiConfiguration = ConfigType<typeof apiConfiguration>;

/** What tokens must be signed with, by any one of them, and whom they must name. */
export interface TokenConfiguration {
  readonly secrets: readonly string[];
  readonly publicKeys: readonly string[];
  readonly jwksUrl: string | undefined;
  readonly issuer: string;
  readonly audience: string;
}

function toConfiguration(settings: z.output<typeof ApiSettings>) {
  const tokens: TokenConfiguration = {
    secrets: settings.JWT_SECRET ?? [],
    publicKeys: settings.JWT_PUBLIC_KEY ?? [],
    jwksUrl: settings.JWT_JWKS_URL,
    issuer: settings.JWT_ISSUER,
    audience: settings.JWT_AUDIENCE,
  };
  const http: HttpLimits = {
    bodyBytes: settings.BODY_LIMIT,
    batchBodyBytes: settings.BATCH_BODY_LIMIT,
    requestTimeoutMs: settings.REQUEST_TIMEOUT,
    trustedProxies: settings.TRUST_PROXY,
    origins: settings.CORS_ORIGINS,
  };
  return {
    ...commonConfiguration(settings),
    port: settings.API_PORT,
    tokens,
    http,
    rates: { perToken: settings.RATE_LIMIT, wrongTokens: settings.WRONG_TOKEN_LIMIT },
    drainDelayMs: settings.DRAIN_DELAY,
  };
}

/** Everybody has the development's secrets, and what has few different characters can be guessed. */
function isFitForProduction(secrets: readonly string[] = []): boolean {
  return secrets.every((secret) => !DEVELOPMENT_SECRET.test(secret) && new Set(secret).size >= DIFFERENT_CHARACTERS);
}

/** The old key and the new one, while one is exchanged for the other. */
function toLines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

function toPems(text: string): string[] {
  const unfolded = text.replaceAll('\\n', '\n');
  return unfolded.match(PEM) ?? [unfolded];
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

function isPublicKey(pem: string): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey(pem);
    if (asymmetricKeyType === 'ec') return asymmetricKeyDetails?.namedCurve === 'prime256v1';
    return asymmetricKeyType === 'rsa' || asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}
