import { createPublicKey } from 'node:crypto';
import { COMMON_SETTINGS, commonConfiguration, port, readConfiguration } from '@holdfast/runtime';
import { registerAs, type ConfigType } from '@nestjs/config';
import { z } from 'zod';

const KEYS = ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URL'] as const;
const SECRET_LENGTH = 32;

export const ApiSettings = z
  .object({
    ...COMMON_SETTINGS,
    API_PORT: port(3000),
    JWT_SECRET: z
      .string()
      .min(SECRET_LENGTH, `must have at least ${SECRET_LENGTH} characters, such as "openssl rand -hex 32" prints`)
      .optional(),
    JWT_PUBLIC_KEY: z
      .string()
      .transform((text) => text.replaceAll('\\n', '\n'))
      .refine(isPublicKey, 'must be an RSA, P-256 or Ed25519 public key in PEM form')
      .optional(),
    JWT_JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
    JWT_ISSUER: z.string().default('holdfast'),
    JWT_AUDIENCE: z.string().default('holdfast'),
  })
  .refine((settings) => KEYS.filter((name) => settings[name] !== undefined).length === 1, {
    error: `set exactly one of ${KEYS.join(', ')}`,
    path: ['JWT_SECRET'],
    when: () => true, // so that it is told together with everything else that is wrong
  });

/** Everything that the api reads from its environment. */
export const apiConfiguration = registerAs('api', () => toConfiguration(readConfiguration(ApiSettings)));

export type ApiConfiguration = ConfigType<typeof apiConfiguration>;

/** What tokens must be signed with, and whom they must name. */
export interface TokenConfiguration {
  readonly secret: string | undefined;
  readonly publicKey: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly issuer: string;
  readonly audience: string;
}

function toConfiguration(settings: z.output<typeof ApiSettings>) {
  const tokens: TokenConfiguration = {
    secret: settings.JWT_SECRET,
    publicKey: settings.JWT_PUBLIC_KEY,
    jwksUrl: settings.JWT_JWKS_URL,
    issuer: settings.JWT_ISSUER,
    audience: settings.JWT_AUDIENCE,
  };
  return {
    ...commonConfiguration(settings),
    port: settings.API_PORT,
    tokens,
  };
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
