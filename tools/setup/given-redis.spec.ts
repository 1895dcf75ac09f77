import { expect, test } from '@jest/globals';
import { explainRedis, readRedisUrl } from './given-redis.ts';

test('reads every form that the programs read', () => {
  expect(readRedisUrl('REDIS_URL', 'redis+sentinel://a:1,b:2/mymaster')).toMatchObject({ kind: 'sentinel' });
});

test.each(['localhost', 'http://localhost:6379', 'redis://', 'redis://a:notaport', 'redis+sentinel://a'])(
  'refuses %j, and says how it must read',
  (text) => {
    expect(() => readRedisUrl('REDIS_URL', text)).toThrow('REDIS_URL must read like redis://');
  },
);

test.each([
  ['ECONNREFUSED', 'connect ECONNREFUSED', 'no server answers there'],
  ['ENOTFOUND', 'getaddrinfo', 'no such host'],
  [undefined, 'WRONGPASS invalid username-password pair', 'refuses that user and password'],
  [undefined, 'Protocol error, got "H" as reply type byte', 'is not Redis'],
])('explains %s %s', (code, message, part) => {
  const address = readRedisUrl('REDIS_URL', 'redis://:hidden@a:1');
  const sentence = explainRedis(
    'REDIS_URL',
    address,
    Object.assign(new Error(message), code === undefined ? {} : { code }),
  );
  expect(sentence).toContain(part);
  expect(sentence).toContain('a:1');
  expect(sentence).not.toContain('hidden');
});
