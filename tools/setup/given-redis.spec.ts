import { expect, test } from '@jest/globals';
import { explainRedis, parseRedisUrl } from './given-redis.ts';

test('reads a single server with its user, password and database', () => {
  expect(parseRedisUrl('REDIS_URL', 'rediss://app:p%40ss@cache.example:6380/2')).toEqual({
    tls: true,
    username: 'app',
    password: 'p@ss',
    host: 'cache.example',
    port: 6380,
  });
});

test.each(['', 'localhost', 'http://localhost:6379', 'redis://', 'redis://a:notaport', 'redis+sentinel://a/mymaster'])(
  'refuses %j',
  (text) => {
    expect(() => parseRedisUrl('REDIS_URL', text)).toThrow('REDIS_URL does not read like');
  },
);

test.each([
  ['ECONNREFUSED', 'connect ECONNREFUSED', 'no server answers there'],
  ['ENOTFOUND', 'getaddrinfo', 'no such host'],
  [undefined, 'WRONGPASS invalid username-password pair', 'refuses that user and password'],
  [undefined, 'Protocol error, got "H" as reply type byte', 'is not Redis'],
])('explains %s %s', (code, message, part) => {
  const address = parseRedisUrl('REDIS_URL', 'redis://:hidden@a:1');
  const sentence = explainRedis(
    'REDIS_URL',
    address,
    Object.assign(new Error(message), code === undefined ? {} : { code }),
  );
  expect(sentence).toContain(part);
  expect(sentence).toContain('a:1');
  expect(sentence).not.toContain('hidden');
});
