import { SignJWT, type JWTPayload } from 'jose';

export const SECRET = '0123456789abcdef0123456789abcdef';
export const EVERY_SCOPE = 'jobs:read jobs:write jobs:admin';

const HOUR_S = 3600;

/** A token as the api wants it, except for what a test changes. A claim of undefined is left out. */
export async function makeToken(claims: JWTPayload = {}, header: Record<string, unknown> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const standard = { iss: 'holdfast', aud: 'holdfast', sub: 'test', iat: now, exp: now + HOUR_S, scope: EVERY_SCOPE };
  return new SignJWT({ ...standard, ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...header })
    .sign(new TextEncoder().encode(SECRET));
}
