import { expect, test } from '@jest/globals';
import { explainConnection, parseDatabaseUrl, shown } from './given-database.ts';

const URL_GIVEN = new URL('mysql://app:s3cret@db.example:3307/jobs?ssl=1');

test.each(['', 'localhost:3306', 'postgres://localhost/jobs', 'mysql://', 'mysql://user:p@ss word@host:port/x'])(
  'refuses %j with its form',
  (text) => {
    expect(() => parseDatabaseUrl('DATABASE_URL', text)).toThrow('mysql://user:password@host:3306/database');
  },
);

test.each(['mysql://host', 'mysql://host/'])('refuses %s, which names no database', (text) => {
  expect(() => parseDatabaseUrl('DATABASE_URL', text)).toThrow('no database');
});

test.each(['mysql://u:p@host:3306/jobs', 'mariadb://host/jobs'])('accepts %s', (text) => {
  expect(parseDatabaseUrl('DATABASE_URL', text).pathname).toBe('/jobs');
});

test.each([
  ['ECONNREFUSED', 'no server answers there'],
  ['ETIMEDOUT', 'no server answers there'],
  ['ENOTFOUND', 'there is no host "db.example"'],
  ['ER_ACCESS_DENIED_ERROR', 'refuses that user and password'],
  ['ER_DBACCESS_DENIED_ERROR', 'may not use the database "jobs"'],
  ['ER_BAD_DB_ERROR', 'CREATE DATABASE `jobs`'],
  ['SOMETHING_ELSE', 'what the server said'],
])('explains %s in a sentence without the password', (code, part) => {
  const sentence = explainConnection(
    'DATABASE_URL',
    URL_GIVEN,
    Object.assign(new Error('what the server said'), { code }),
  );
  expect(sentence).toContain(part);
  expect(sentence).toContain('mysql://app@db.example:3307/jobs');
  expect(sentence).not.toContain('s3cret');
});

test('an address is shown without its password', () => {
  expect(shown(URL_GIVEN)).toBe('mysql://app@db.example:3307/jobs');
});
