import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import type { TokenConfiguration } from '../api.configuration.ts';
import { makeToken, SECRET } from '../testing/tokens.ts';
import { TokenVerifier } from './token-verifier.ts';

const NOTHING = {
  secret: undefined,
  publicKey: undefined,
  jwksUrl: undefined,
  issuer: 'holdfast',
  audience: 'holdfast',
};
const WITH_SECRET: TokenConfiguration = { ...NOTHING, secret: SECRET };
const now = Math.floor(Date.now() / 1000);

const REFUSED = { code: 'unauthenticated', status: 401 };

describe('TokenVerifier', () => {
  it('reads tenant, subject and scopes from a good token', async () => {
    const token = await makeToken({ tenant: 'acme', sub: 'me', scope: 'jobs:read jobs:write' });
    const principal = await new TokenVerifier(WITH_SECRET).verify(token);
    expect(principal).toEqual({ tenant: 'acme', subject: 'me', scopes: new Set(['jobs:read', 'jobs:write']) });
  });

  it('takes the default tenant and no scopes where the token names none', async () => {
    const principal = await new TokenVerifier(WITH_SECRET).verify(await makeToken({ scope: undefined }));
    expect(principal.tenant).toBe('default');
    expect(principal.scopes.size).toBe(0);
  });

  const BAD_CLAIMS: [string, Record<string, unknown>][] = [
    ['has expired', { exp: now - 120 }],
    ['never expires', { exp: undefined }],
    ['expires at a time that is no time', { exp: 1e308 }],
    ['is not valid yet', { nbf: now + 120 }],
    ['was issued in the future', { iat: now + 120 }],
    ['names another issuer', { iss: 'somebody' }],
    ['names another audience', { aud: 'somebody' }],
    ['names several audiences, none of them us', { aud: ['a', 'b'] }],
    ['names a tenant in capitals', { tenant: 'Acme' }],
    ['names a tenant that is no text', { tenant: ['acme'] }],
    ['names a tenant of 65 characters', { tenant: 'a'.repeat(65) }],
  ];
  it.each(BAD_CLAIMS)('refuses a token that %s', async (_, claims) => {
    await expect(new TokenVerifier(WITH_SECRET).verify(await makeToken(claims))).rejects.toMatchObject(REFUSED);
  });

  it.each([['refresh+jwt'], ['dpop+jwt'], ['logout+jwt']])('refuses a token of the type %s', async (typ) => {
    await expect(new TokenVerifier(WITH_SECRET).verify(await makeToken({}, { typ }))).rejects.toMatchObject(REFUSED);
  });

  it.each([[undefined], ['JWT'], ['at+jwt']])('accepts a token of the type %s', async (typ) => {
    await expect(new TokenVerifier(WITH_SECRET).verify(await makeToken({}, { typ }))).resolves.toBeDefined();
  });

  it('refuses a token without a signature, with another secret, and what is no token', async () => {
    const verifier = new TokenVerifier(WITH_SECRET);
    const claims = { iss: 'holdfast', aud: 'holdfast', exp: now + 60, scope: 'jobs:read' };
    const unsigned = new UnsecuredJWT(claims).encode();
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.alloc(32, 'x'));
    for (const token of [unsigned, forged, 'a.b.c', `${forged.slice(0, forged.lastIndexOf('.'))}.`]) {
      await expect(verifier.verify(token)).rejects.toMatchObject(REFUSED);
    }
  });

  it('refuses a token that was signed with the public key as if it were a secret', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const forged = await new SignJWT({ iss: 'holdfast', aud: 'holdfast', exp: now + 60 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(pem));
    await expect(new TokenVerifier({ ...NOTHING, publicKey: pem }).verify(forged)).rejects.toMatchObject(REFUSED);
  });

  it.each([
    ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['EdDSA', () => generateKeyPairSync('ed25519')],
  ])('verifies %s with the public key alone', async (alg, generate) => {
    const { publicKey, privateKey } = generate();
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const token = await new SignJWT({ iss: 'holdfast', aud: 'holdfast', exp: now + 60, tenant: 'acme' })
      .setProtectedHeader({ alg })
      .sign(privateKey);
    expect((await new TokenVerifier({ ...NOTHING, publicKey: pem }).verify(token)).tenant).toBe('acme');
  });

  it('forgets a token that it remembered once it expires', async () => {
    const verifier = new TokenVerifier(WITH_SECRET);
    const token = await makeToken({ exp: now + 60 });
    await verifier.verify(token, now * 1000);
    await expect(verifier.verify(token, (now + 120) * 1000)).rejects.toMatchObject(REFUSED);
  });

  it('says that it cannot tell while the key set cannot be had', async () => {
    const verifier = new TokenVerifier({ ...NOTHING, jwksUrl: 'http://127.0.0.1:1/keys' });
    const { privateKey } = generateKeyPairSync('ed25519');
    const token = await new SignJWT({}).setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey);
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'keys-unavailable', status: 503 });
  });
});
