import { describe, expect, test } from '@jest/globals';
import { databaseProduct, isNewEnough, redisProduct, tooOld } from './versions.ts';

describe('what a server calls itself', () => {
  test.each([
    ['10.11.19-MariaDB-0+deb12u1', { name: 'MariaDB', version: '10.11.19' }],
    ['5.5.5-10.6.4-MariaDB', { name: 'MariaDB', version: '10.6.4' }],
    ['mariadbd  Ver 11.8.3-MariaDB for debian-linux-gnu on x86_64', { name: 'MariaDB', version: '11.8.3' }],
    ['[{"version":"8.4.6"}]', { name: 'MySQL', version: '8.4.6' }],
    ['/usr/sbin/mysqld  Ver 9.7.1 for Linux on x86_64 (Debian)', { name: 'MySQL', version: '9.7.1' }],
    ['no version at all', undefined],
  ])('reads the database %s', (text, product) => {
    expect(databaseProduct(text)).toEqual(product);
  });

  test.each([
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc', { name: 'Redis', version: '7.0.15' }],
    ['Valkey server v=8.1.1 sha=00000000:0', { name: 'Valkey', version: '8.1.1' }],
    ['redis_version:8.2.1\r\nos:Linux', { name: 'Redis', version: '8.2.1' }],
    ['redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n', { name: 'Valkey', version: '8.1.1' }],
    ['', undefined],
  ])('reads the index server %s', (text, product) => {
    expect(redisProduct(text)).toEqual(product);
  });
});

test.each([
  ['MariaDB', '10.5.29', false],
  ['MariaDB', '10.6.0', true],
  ['MariaDB', '11.4.2', true],
  ['MySQL', '5.7.44', false],
  ['MySQL', '8.0.11', true],
  ['Redis', '6.2.14', false],
  ['Redis', '7.0.15', true],
  ['Valkey', '7.2.9', false],
  ['Valkey', '8.0.0', true],
] as const)('%s %s is new enough: %s', (name, version, expected) => {
  expect(isNewEnough({ name, version })).toBe(expected);
});

test('a server that is too old is told what is needed', () => {
  const sentence = 'MySQL 5.7.44 is too old: Holdfast needs MySQL 8.0 or later.';
  expect(tooOld({ name: 'MySQL', version: '5.7.44' })).toBe(sentence);
});
