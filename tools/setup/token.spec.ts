import { expect, test } from '@jest/globals';
import { jwtVerify } from 'jose';
import { parseDuration } from './duration.ts';
import { DEFAULT_CLAIMS, makeToken, sharedSecret } from './token.ts';

const SECRET = 'a secret of thirty-two characters';

test('a token carries who may do what, where and until when', async () => {
  const token = await makeToken(
    { JWT_SECRET: SECRET, JWT_ISSUER: 'us' },
    { scope: 'jobs:read', tenant: 'acme', subject: 'ann', expiresInMs: 60_000 },
  );

  const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode(SECRET), {
    issuer: 'us',
    audience: 'holdfast',
  });

  expect(protectedHeader.alg).toBe('HS256');
  expect(payload).toMatchObject({ scope: 'jobs:read', tenant: 'acme', sub: 'ann' });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
});

test('a token is signed with the newest of several secrets', async () => {
  const token = await makeToken(
    { JWT_SECRET: `an old secret of thirty-two or so characters\n${SECRET}\n` },
    DEFAULT_CLAIMS,
  );
  await expect(jwtVerify(token, new TextEncoder().encode(SECRET))).resolves.toBeDefined();
});

test('no token can be made where somebody else holds the key', async () => {
  const environment = { JWT_JWKS_URL: 'https://login.example/keys' };
  expect(sharedSecret(environment)).toBeUndefined();
  await expect(makeToken(environment, DEFAULT_CLAIMS)).rejects.toThrow('JWT_JWKS_URL');
});

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['5m', 300_000],
  ['12h', 43_200_000],
  ['7d', 604_800_000],
  ['1500', 1_500],
])('%s is %d ms', (text, milliseconds) => {
  expect(parseDuration('--expires', text)).toBe(milliseconds);
});

test.each(['', '-1s', '1.5h', '2 weeks'])('%j is no duration', (text) => {
  expect(() => parseDuration('--expires', text)).toThrow('--expires');
});
