import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parseConfiguration } from '@holdfast/runtime';
import { ApiSettings } from './api.configuration.ts';

const GOOD = {
  DATABASE_URL: 'mysql://u:p@localhost/holdfast',
  REDIS_URL: 'redis://localhost',
  JWT_SECRET: 'x'.repeat(32),
};
const read = (changes: Record<string, string | undefined>) => parseConfiguration(ApiSettings, { ...GOOD, ...changes });

describe("the api's settings", () => {
  it('have defaults for everything but the servers and the key', () => {
    expect(read({})).toMatchObject({ API_PORT: 3000, JWT_ISSUER: 'holdfast', JWT_AUDIENCE: 'holdfast' });
  });

  it('want exactly one key for tokens', () => {
    const message = /exactly one of JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL/;
    expect(() => read({ JWT_SECRET: undefined })).toThrow(message);
    expect(() => read({ JWT_JWKS_URL: 'https://issuer.example/keys' })).toThrow(message);
    expect(() => read({ JWT_SECRET: undefined, JWT_JWKS_URL: 'https://issuer.example/keys' })).not.toThrow();
  });

  it('tell everything that is wrong at once', () => {
    const faults = () => read({ JWT_SECRET: 'short', API_PORT: '99999', DATABASE_URL: undefined, REDIS_PREFIX: '{a}' });
    for (const name of ['JWT_SECRET', 'API_PORT', 'DATABASE_URL', 'REDIS_PREFIX']) expect(faults).toThrow(name);
  });

  it.each([
    ['that npm start made', `development-${'0123456789abcdef'.repeat(4)}`],
    ['that compose.yaml brings', 'for-development-alone-set-your-own'],
    ['of few characters', 'ab'.repeat(32)],
    ['that is short', '0123456789abcdef'],
  ])('refuse a secret %s in production', (_, secret) => {
    expect(() => read({ NODE_ENV: 'production', JWT_SECRET: secret })).toThrow('JWT_SECRET');
    const fit = '7c9e6679f1b54b2d8a3e0d5c4b1a2f90';
    expect(read({ NODE_ENV: 'production', JWT_SECRET: fit }).JWT_SECRET).toEqual([fit]);
    expect(() => read({ NODE_ENV: 'production', JWT_SECRET: `${fit}\n${secret}` })).toThrow('JWT_SECRET');
  });

  it('take several keys, one below the other', () => {
    const secrets = ['a'.repeat(32), 'b'.repeat(32)];
    expect(read({ JWT_SECRET: `${secrets.join('\r\n')}\n` }).JWT_SECRET).toEqual(secrets);
    const pems = [1, 2].map(() => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
    const readKeys = (text: string) => read({ JWT_SECRET: undefined, JWT_PUBLIC_KEY: text }).JWT_PUBLIC_KEY;
    const trimmed = pems.map((pem) => pem.toString().trim());
    expect(readKeys(pems.join(''))).toEqual(trimmed);
    expect(readKeys(pems.join('').replaceAll('\n', '\\n'))).toEqual(trimmed);
    expect(() => readKeys(`${pems.join('')}${pems.join('').replaceAll('M', '!')}`)).toThrow('JWT_PUBLIC_KEY');
  });

  it.each([['https://app.example/'], ['app.example'], ['*'], ['https://a.example,nonsense']])(
    'refuse "%s" for origins',
    (CORS_ORIGINS) => {
      expect(() => read({ CORS_ORIGINS })).toThrow('CORS_ORIGINS');
    },
  );

  it.each([
    ['JWT_PUBLIC_KEY', 'not a key'],
    ['JWT_JWKS_URL', 'file:///etc/passwd'],
  ])('refuse a %s of "%s"', (name, value) => {
    expect(() => read({ JWT_SECRET: undefined, [name]: value })).toThrow(name);
  });
});
