import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigurationError, parseConfiguration } from './configuration.ts';
import { COMMON_SETTINGS } from './common-settings.ts';
import { duration, flag, integer, list } from './settings.ts';

const SCHEMA = z.object({
  ...COMMON_SETTINGS,
  LEASE: duration('15s', { min: 1_000 }),
  SIZE: integer(5, 1, 10),
  OPEN: flag(false),
  NAMES: list('*'),
});
const GOOD = { DATABASE_URL: 'mysql://me:secret@db:3306/jobs', REDIS_URL: 'redis://cache:6379' };

function faultsOf(environment: Record<string, string>): string {
  try {
    parseConfiguration(SCHEMA, environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return '';
}

describe('the configuration of a program', () => {
  it('fills in what is not set', () => {
    expect(parseConfiguration(SCHEMA, GOOD)).toMatchObject({ LEASE: 15_000, SIZE: 5, OPEN: false, NAMES: ['*'] });
  });

  it('reads what is set', () => {
    const settings = parseConfiguration(SCHEMA, { ...GOOD, LEASE: '2m', SIZE: '10', OPEN: 'true', NAMES: 'a, b' });
    expect(settings).toMatchObject({ LEASE: 120_000, SIZE: 10, OPEN: true, NAMES: ['a', 'b'] });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(parseConfiguration(SCHEMA, { ...GOOD, SIZE: '' })).toMatchObject({ SIZE: 5 });
  });

  it('names everything that is wrong at once', () => {
    const faults = faultsOf({
      DATABASE_URL: 'postgres://db',
      REDIS_URL: 'memcached://cache',
      SIZE: '11',
      LEASE: 'soon',
      OPEN: 'yes',
      LOG_LEVEL: 'loud',
    });
    for (const name of ['DATABASE_URL', 'REDIS_URL', 'SIZE', 'LEASE', 'OPEN', 'LOG_LEVEL'])
      expect(faults).toContain(name);
  });

  it('says what a bad value may be, and never repeats a secret', () => {
    expect(faultsOf({ ...GOOD, LEASE: '1w' })).toContain('500ms, 10s, 5m, 2h, 1d');
    expect(faultsOf({ ...GOOD, DATABASE_URL: 'postgres://me:hunter2@db/jobs' })).not.toContain('hunter2');
  });

  it.each([
    'rediss://app:p%40ss@cache.example:6380/2',
    'redis://[::1]:7000',
    'redis+sentinel://:pw@a:26379,b/mymaster/3?sentinelPassword=hush',
    'redis+cluster://n1:7000,n2:7001?tls=true',
  ])('takes %s for a REDIS_URL', (url) => {
    expect(faultsOf({ ...GOOD, REDIS_URL: url })).toBe('');
  });

  it.each(['cache:6379', 'redis://', 'redis://a,b', 'redis://a/name', 'redis+sentinel://a', 'redis+cluster://a/1'])(
    'refuses the REDIS_URL %s',
    (url) => expect(faultsOf({ ...GOOD, REDIS_URL: url })).toContain('REDIS_URL: must read like'),
  );

  it('needs no Redis', () => {
    expect(parseConfiguration(SCHEMA, { ...GOOD, REDIS_URL: '' }).REDIS_URL).toBeUndefined();
  });

  it('reads a secret from the file that NAME_FILE names', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'settings-')), 'url');
    writeFileSync(file, 'mysql://from:file@db:3306/jobs\n');
    const settings = parseConfiguration(SCHEMA, { REDIS_URL: GOOD.REDIS_URL, DATABASE_URL_FILE: file });
    expect(settings.DATABASE_URL).toBe('mysql://from:file@db:3306/jobs');
  });

  it('says which file cannot be read', () => {
    expect(faultsOf({ ...GOOD, DATABASE_URL_FILE: '/nowhere/url' })).toContain('/nowhere/url');
  });
});
