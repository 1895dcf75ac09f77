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
    ['JWT_PUBLIC_KEY', 'not a key'],
    ['JWT_JWKS_URL', 'file:///etc/passwd'],
  ])('refuse a %s of "%s"', (name, value) => {
    expect(() => read({ JWT_SECRET: undefined, [name]: value })).toThrow(name);
  });
});
