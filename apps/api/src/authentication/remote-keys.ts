import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

export interface RemoteKeyOptions {
  /** Keys this old are fetched again before they are used: a withdrawn key counts no longer than this. */
  readonly maxAgeMs: number;
  /** A key that is missing is looked for at most this often. */
  readonly cooldownMs: number;
  readonly timeoutMs: number;
  /** After a fetch that failed, none is tried for so long. */
  readonly retryMs: number;
}

export const REMOTE_KEY_DEFAULTS: RemoteKeyOptions = {
  maxAgeMs: 5 * 60_000,
  cooldownMs: 30_000,
  timeoutMs: 3_000,
  retryMs: 5_000,
};

/**
 * The keys at an address, which may change: fetched when they are old or one is missing. While the address does not
 * answer the known keys go on, and nobody can tell whether an unknown one is good.
 */
export function remoteKeys(url: URL, options = REMOTE_KEY_DEFAULTS): JWTVerifyGetKey {
  const { maxAgeMs: cacheMaxAge, cooldownMs: cooldownDuration, timeoutMs: timeoutDuration } = options;
  const remote = createRemoteJWKSet(url, { cacheMaxAge, cooldownDuration, timeoutDuration });
  let outage: { readonly error: unknown; readonly until: number } | undefined;

  return async (header, token) => {
    if (outage && outage.until > Date.now()) return fromKnown(remote.jwks(), outage.error)(header, token);
    try {
      return await remote(header, token);
    } catch (error) {
      if (!isKeyOutage(error)) throw error;
      outage = { error, until: Date.now() + options.retryMs };
      return fromKnown(remote.jwks(), error)(header, token);
    }
  };
}

/** jose reports a bad token by an error of its own; a key set that cannot be fetched is nobody's bad token. */
export function isKeyOutage(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true;
  return !(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC';
}

/** @throws the outage for a key that is not known */
function fromKnown(known: JSONWebKeySet | undefined, outage: unknown): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      if (known) return await createLocalJWKSet(known)(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    throw outage;
  };
}
