import { SignJWT } from 'jose';
import { Problem } from '../servers/problem.ts';
import { developmentSecret } from './development-secret.ts';
import { type Environment, secretFrom } from './environment.ts';

export interface TokenClaims {
  scope: string;
  tenant: string;
  subject: string;
  expiresInMs: number;
}

export const DEFAULT_CLAIMS: TokenClaims = {
  scope: 'jobs:read jobs:write jobs:admin',
  tenant: 'default',
  subject: 'dev',
  expiresInMs: 12 * 3_600_000,
};

/** Signs a token that the api accepts. Throws a `Problem` where the api verifies with a key that we do not hold. */
export async function makeToken(environment: Environment, claims: TokenClaims): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ scope: claims.scope, tenant: claims.tenant })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(environment['JWT_ISSUER'] ?? 'holdfast')
    .setAudience(environment['JWT_AUDIENCE'] ?? 'holdfast')
    .setSubject(claims.subject)
    .setIssuedAt(now)
    .setExpirationTime(now + Math.max(1, Math.round(claims.expiresInMs / 1_000)))
    .sign(new TextEncoder().encode(newestOf(signingSecret(environment))));
}

/** `undefined` when tokens are verified with somebody else's key, so that none can be made here. */
export function sharedSecret(environment: Environment): string | undefined {
  const given = secretFrom(environment, 'JWT_SECRET');
  if (given !== undefined) return given;
  const verifiesElsewhere = ['JWT_PUBLIC_KEY', 'JWT_PUBLIC_KEY_FILE', 'JWT_JWKS_URL'].some((name) => environment[name]);
  return verifiesElsewhere ? undefined : developmentSecret();
}

/** While secrets are exchanged the new one stands below the old one. */
function newestOf(secrets: string): string {
  const lines = secrets.split(/\r?\n/).filter((line) => line !== '');
  return lines.at(-1) ?? secrets;
}

function signingSecret(environment: Environment): string {
  const secret = sharedSecret(environment);
  if (secret !== undefined) return secret;
  throw new Problem(
    'Tokens are verified by JWT_PUBLIC_KEY or JWT_JWKS_URL: ask whoever holds the private key for one.',
  );
}
