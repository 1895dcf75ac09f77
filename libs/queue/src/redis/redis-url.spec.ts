import { describe, expect, it } from '@jest/globals';
import { parseRedisUrl } from './redis-url.ts';

describe('a REDIS_URL', () => {
  it.each([
    ['redis://cache', { kind: 'single', hosts: [{ host: 'cache', port: 6379 }], access: { db: 0 } }],
    [
      'rediss://app:p%40ss@cache.example:6380/2',
      {
        kind: 'single',
        hosts: [{ host: 'cache.example', port: 6380 }],
        access: { username: 'app', password: 'p@ss', db: 2, tls: {} },
      },
    ],
    ['redis://:secret@[::1]:7000', { hosts: [{ host: '::1', port: 7000 }], access: { db: 0, password: 'secret' } }],
    [
      'redis+sentinel://:pw@a:26379,b,c:26380/mymaster/3?sentinelPassword=hush',
      {
        kind: 'sentinel',
        master: 'mymaster',
        hosts: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 26379 },
          { host: 'c', port: 26380 },
        ],
        access: { password: 'pw', db: 3 },
        sentinelPassword: 'hush',
      },
    ],
    [
      'redis+cluster://u:p@n1:7000,n2:7001?tls=true',
      {
        kind: 'cluster',
        hosts: [
          { host: 'n1', port: 7000 },
          { host: 'n2', port: 7001 },
        ],
        access: { username: 'u', password: 'p', db: 0, tls: {} },
      },
    ],
  ])('%s is understood', (url, servers) => {
    expect(parseRedisUrl(url)).toMatchObject(servers);
  });

  it.each([
    '',
    'cache:6379',
    'http://cache',
    'redis://',
    'redis://a,b',
    'redis://a:notaport',
    'redis://a:70000',
    'redis://a/name',
    'redis+sentinel://a:26379',
    'redis+sentinel://a:26379/',
    'redis+cluster://a:7000/1',
    'redis+cluster://a:7000,,b',
    'redis+cluster://:hidden@',
  ])('%j is refused, with the forms and without its password', (url) => {
    expect(() => parseRedisUrl(url)).toThrow('must read like redis://');
    expect(() => parseRedisUrl(url)).not.toThrow('hidden');
  });
});
