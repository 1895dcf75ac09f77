import { hash as hashOf } from 'node:crypto';
import { JOB_DEFAULTS, JOB_LIMITS, NAME_PATTERN } from '@holdfast/domain';
import { jwtVerify, type JWTPayload, type JWTVerifyResult } from 'jose';
import type { TokenConfiguration } from '../api.configuration.ts';
import { passingProblem } from '../http/problem.ts';
import type { Principal } from './principal.ts';
import { isKeyOutage } from './remote-keys.ts';
import { tokenKeys, type TokenKey } from './token-keys.ts';
import { unauthenticated } from './unauthenticated.ts';

const CLOCK_TOLERANCE_S = 30;
/** Of access tokens; identity, refresh and other tokens say what they are. Many issuers say nothing. */
const TYPES: readonly unknown[] = [undefined, 'JWT', 'at+jwt', 'application/at+jwt'];
const CACHED_TOKENS = 10_000;
/** A key that was withdrawn counts for no longer than this. */
const CACHED_MS = 5 * 60_000;

interface Cached {
  readonly principal: Principal;
  readonly until: number;
}

/** Checks tokens, and remembers for a while those that were good. */
export class TokenVerifier {
  private readonly keys: readonly TokenKey[];
  private readonly cache = new Map<string, Cached>();

  constructor(private readonly configuration: TokenConfiguration) {
    this.keys = tokenKeys(configuration);
  }

  /** @throws Problem if the token is not good, or the keys cannot be had */
  async verify(token: string, now = Date.now()): Promise<Principal> {
    const hash = hashOf('sha256', token, 'base64');
    const cached = this.cache.get(hash);
    this.cache.delete(hash);
    if (cached && cached.until > now) return this.remember(hash, cached);
    const { payload, protectedHeader } = await this.verifySignature(token, now);
    if (!TYPES.includes(protectedHeader.typ) || isForSomethingElse(payload)) throw unauthenticated('invalid_token');
    const principal = toPrincipal(payload, expiryOf(payload, now));
    return this.remember(hash, { principal, until: Math.min(now + CACHED_MS, principal.expiresAt) });
  }

  /** By any of the keys: while one is exchanged for another there are two. */
  private async verifySignature(token: string, now: number): Promise<JWTVerifyResult> {
    for (const key of this.keys) {
      try {
        return await this.verifyBy(key, token, now);
      } catch (error) {
        if (isKeyOutage(error)) throw passingProblem('keys-unavailable', 'JWT_JWKS_URL does not answer.', 5);
      }
    }
    throw unauthenticated('invalid_token');
  }

  private verifyBy({ key, algorithms }: TokenKey, token: string, now: number): Promise<JWTVerifyResult> {
    const { issuer, audience } = this.configuration;
    const options = {
      algorithms: [...algorithms],
      issuer,
      audience,
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(now),
      requiredClaims: ['exp'],
    };
    return typeof key === 'function' ? jwtVerify(token, key, options) : jwtVerify(token, key, options);
  }

  /** As the latest; the one that was used longest ago makes room. */
  private remember(hash: string, entry: Cached): Principal {
    if (this.cache.size >= CACHED_TOKENS) {
      const [oldest] = this.cache.keys();
      if (oldest !== undefined) this.cache.delete(oldest);
    }
    this.cache.set(hash, entry);
    return entry.principal;
  }
}

/** Identity and refresh tokens of the same issuer, which say what they are in their claims and not in their header. */
function isForSomethingElse(payload: JWTPayload): boolean {
  const type = payload['typ'];
  return (
    'at_hash' in payload || 'c_hash' in payload || 'events' in payload || (type !== undefined && type !== 'Bearer')
  );
}

function expiryOf(payload: JWTPayload, now: number): number {
  const { exp, iat } = payload;
  const issuedAt: unknown = iat ?? 0; // jose does not look at it
  const fromTheFuture = typeof issuedAt !== 'number' || issuedAt * 1000 > now + CLOCK_TOLERANCE_S * 1000;
  if (!Number.isSafeInteger(Math.floor(exp ?? NaN)) || fromTheFuture) throw unauthenticated('invalid_token');
  return ((exp ?? 0) + CLOCK_TOLERANCE_S) * 1000;
}

function toPrincipal(payload: JWTPayload, expiresAt: number): Principal {
  const { sub, scope } = payload;
  const tenant = payload['tenant'] ?? JOB_DEFAULTS.tenant;
  if (typeof tenant !== 'string' || tenant.length > JOB_LIMITS.nameLength || !NAME_PATTERN.test(tenant)) {
    throw unauthenticated('invalid_token');
  }
  const scopes = typeof scope === 'string' ? scope.split(' ') : [];
  return { subject: typeof sub === 'string' ? sub : '', tenant, scopes: new Set(scopes), expiresAt };
}
