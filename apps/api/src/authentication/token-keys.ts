import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { JWTVerifyGetKey } from 'jose';
import type { TokenConfiguration } from '../api.configuration.ts';
import { remoteKeys } from './remote-keys.ts';

/** A key, and the algorithms of its family: nothing in a token may choose another. */
export interface TokenKey {
  readonly algorithms: readonly string[];
  readonly key: KeyObject | JWTVerifyGetKey;
}

/** All of one source, and so of one family or looked up by their names. */
export function tokenKeys({ secrets, publicKeys, jwksUrl }: TokenConfiguration): TokenKey[] {
  if (jwksUrl !== undefined) return [{ algorithms: ['RS256', 'ES256', 'EdDSA'], key: remoteKeys(new URL(jwksUrl)) }];
  return [...secrets.map(ofSecret), ...publicKeys.map((pem) => ofPublicKey(createPublicKey(pem)))];
}

function ofSecret(secret: string): TokenKey {
  return { algorithms: ['HS256'], key: createSecretKey(Buffer.from(secret)) };
}

function ofPublicKey(key: KeyObject): TokenKey {
  if (key.asymmetricKeyType === 'rsa') return { algorithms: ['RS256'], key };
  return { algorithms: [key.asymmetricKeyType === 'ec' ? 'ES256' : 'EdDSA'], key };
}
