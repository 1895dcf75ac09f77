import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import type { TokenConfiguration } from '../api.configuration.ts';
import { makeToken, SECRET } from '../testing/tokens.ts';
import { TokenVerifier } from './token-verifier.ts';

const NOTHING = {
  secrets: [],
  publicKeys: [],
  jwksUrl: undefined,
  issuer: 'holdfast',
  audience: 'holdfast',
};
const WITH_SECRET: TokenConfiguration = { ...NOTHING, secrets: [SECRET] };
const now = Math.floor(Date.now() / 1000);

const REFUSED = { code: 'unauthenticated', status: 401 };

describe('TokenVerifier', () => {
  it('reads tenant, subject, scopes and expiry, with its tolerance, from a good token', async () => {
    const token = await makeToken({ tenant: 'acme', sub: 'me', scope: 'jobs:read jobs:write', exp: now + 60 });
    const principal = await new TokenVerifier(WITH_SECRET).verify(token);
    const [scopes, expiresAt] = [new Set(['jobs:read', 'jobs:write']), (now + 90) * 1_000];
    expect(principal).toEqual({ tenant: 'acme', subject: 'me', scopes, expiresAt });
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
    ['expires at a text', { exp: String(now + 60) }],
    ['expires at infinity', { exp: Number.MAX_VALUE }],
    ['begins at a text', { nbf: String(now) }],
    ['was issued at a text', { iat: String(now) }],
    ['names no issuer', { iss: undefined }],
    ['names no audience', { aud: undefined }],
    ['names an audience that begins like us', { aud: 'holdfast.evil' }],
    ['names no audience in a list', { aud: [] }],
    ['names the issuer in a list', { iss: ['holdfast'] as unknown }],
    ['is an identity token, by its hash of an access token', { at_hash: 'x' }],
    ['is an identity token, by its type', { typ: 'ID' }],
    ['is a refresh token, by its type', { typ: 'Refresh' }],
    ['is a logout token, by its events', { events: {} }],
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

  it('takes us among several audiences', async () => {
    const token = await makeToken({ aud: ['somebody', 'holdfast'] });
    await expect(new TokenVerifier(WITH_SECRET).verify(token)).resolves.toBeDefined();
  });

  it.each(['none', 'None', 'nOnE', 'NONE', '', 'HS512', 'RS256'])('refuses the algorithm "%s"', async (alg) => {
    const [, payload = '', signature = ''] = (await makeToken()).split('.');
    const header = Buffer.from(JSON.stringify({ alg, typ: 'JWT' })).toString('base64url');
    for (const token of [`${header}.${payload}.`, `${header}.${payload}.${signature}`]) {
      await expect(new TokenVerifier(WITH_SECRET).verify(token)).rejects.toMatchObject(REFUSED);
    }
  });

  it('refuses a header that brings its key, names where it is, or wants what nobody understands', async () => {
    const jwk = { kty: 'oct', k: Buffer.alloc(32, 'x').toString('base64url') };
    const url = 'http://127.0.0.1:1/key';
    const headers = [
      { jwk },
      { jku: url },
      { x5u: url },
      { x5c: ['x'] },
      { kid: "' OR 1=1" },
      { b64: false, crit: ['b64'] },
    ];
    for (const header of headers) {
      const claims = { iss: 'holdfast', aud: 'holdfast', exp: now + 60 };
      const signing = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', ...header });
      const forged = await signing.sign(Buffer.alloc(32, 'x')).catch(() => 'a.b.c');
      await expect(new TokenVerifier(WITH_SECRET).verify(forged)).rejects.toMatchObject(REFUSED);
    }
    const demanding = await makeToken({}, { crit: ['exp'], exp: now + 60 }).catch(() => 'a.b.c');
    await expect(new TokenVerifier(WITH_SECRET).verify(demanding)).rejects.toMatchObject(REFUSED);
  });

  it('checks a good token once', async () => {
    const verifier = new TokenVerifier(WITH_SECRET);
    const token = await makeToken();
    const known = await verifier.verify(token);
    expect(await verifier.verify(token)).toBe(known);
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
    await expect(new TokenVerifier({ ...NOTHING, publicKeys: [pem] }).verify(forged)).rejects.toMatchObject(REFUSED);
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
    expect((await new TokenVerifier({ ...NOTHING, publicKeys: [pem] }).verify(token)).tenant).toBe('acme');
  });

  it('accepts tokens of the old and of the new key while there are two, each by its own algorithm', async () => {
    const other = 'another secret of thirty-two characters';
    const claims = { iss: 'holdfast', aud: 'holdfast', exp: now + 60 };
    const signed = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(other));
    const both = new TokenVerifier({ ...NOTHING, secrets: [SECRET, other] });
    for (const token of [await makeToken(), signed]) await expect(both.verify(token)).resolves.toBeDefined();
    await expect(new TokenVerifier(WITH_SECRET).verify(signed)).rejects.toMatchObject(REFUSED);

    const pairs = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('ed25519')];
    const publicKeys = pairs.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }).toString());
    const verifier = new TokenVerifier({ ...NOTHING, publicKeys });
    for (const [n, alg] of ['RS256', 'EdDSA'].entries()) {
      const { privateKey } = pairs[n] ?? {};
      if (!privateKey) throw new Error('there are two');
      const token = await new SignJWT(claims).setProtectedHeader({ alg }).sign(privateKey);
      await expect(verifier.verify(token)).resolves.toBeDefined();
    }
    await expect(verifier.verify(signed)).rejects.toMatchObject(REFUSED);
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
