import { expect, test } from '@jest/globals';
import { explainRedis, parseRedisUrl } from './given-redis.ts';

test('reads a single server with its user, password and database', () => {
  expect(parseRedisUrl('REDIS_URL', 'rediss://app:p%40ss@cache.example:6380/2')).toEqual({
    kind: 'single',
    tls: true,
    username: 'app',
    password: 'p@ss',
    hosts: [{ host: 'cache.example', port: 6380 }],
  });
});

test.each([
  ['redis+sentinel://a:26380,b/mymaster', 'sentinel', [26380, 26379]],
  ['redis+cluster://a,b:7001', 'cluster', [6379, 7001]],
  ['redis://:secret@a', 'single', [6379]],
])('reads %s', (text, kind, ports) => {
  const address = parseRedisUrl('REDIS_URL', text);
  expect(address.kind).toBe(kind);
  expect(address.hosts.map(({ port }) => port)).toEqual(ports);
});

test.each(['', 'localhost', 'http://localhost:6379', 'redis://', 'redis://a:notaport'])('refuses %j', (text) => {
  expect(() => parseRedisUrl('REDIS_URL', text)).toThrow('REDIS_URL does not read like');
});

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
