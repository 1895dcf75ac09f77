import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { JWTVerifyGetKey } from 'jose';
import type { TokenConfiguration } from '../api.configuration.ts';
import { remoteKeys } from './remote-keys.ts';

/** The key, and the algorithms of its family: nothing in a token may choose another. */
export interface TokenKeys {
  readonly algorithms: readonly string[];
  readonly key: KeyObject | JWTVerifyGetKey;
}

export function tokenKeys(configuration: TokenConfiguration): TokenKeys {
  const { secret, publicKey, jwksUrl } = configuration;
  if (secret !== undefined) return { algorithms: ['HS256'], key: createSecretKey(Buffer.from(secret)) };
  if (publicKey !== undefined) return ofPublicKey(createPublicKey(publicKey));
  if (jwksUrl !== undefined) {
    return { algorithms: ['RS256', 'ES256', 'EdDSA'], key: remoteKeys(new URL(jwksUrl)) };
  }
  throw new Error('No key to verify tokens with.');
}

function ofPublicKey(key: KeyObject): TokenKeys {
  if (key.asymmetricKeyType === 'rsa') return { algorithms: ['RS256'], key };
  return { algorithms: [key.asymmetricKeyType === 'ec' ? 'ES256' : 'EdDSA'], key };
}
