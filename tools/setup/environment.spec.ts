import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { developmentSecret } from './development-secret.ts';
import { mergeEnvironment, secretFrom } from './environment.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'holdfast-environment-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('the environment wins over .env, and empty means not set', () => {
  const merged = mergeEnvironment({ A: '1', B: '' }, { A: '2', B: '3', C: '' });
  expect(merged).toEqual({ A: '1', B: '3' });
});

test('an empty REDIS_URL is set: it means that there is none', () => {
  expect(mergeEnvironment({ REDIS_URL: '' }, { REDIS_URL: 'redis://a' })).toEqual({ REDIS_URL: '' });
  expect(mergeEnvironment({}, { REDIS_URL: 'redis://a' })).toEqual({ REDIS_URL: 'redis://a' });
});

test('a secret comes from its file first, without the newline at its end', () => {
  const file = path.join(directory, 'secret');
  writeFileSync(file, 'hush\n');
  expect(secretFrom({ JWT_SECRET: 'loud', JWT_SECRET_FILE: file }, 'JWT_SECRET')).toBe('hush');
  expect(secretFrom({ JWT_SECRET: 'loud' }, 'JWT_SECRET')).toBe('loud');
  expect(() => secretFrom({ JWT_SECRET_FILE: `${file}.gone` }, 'JWT_SECRET')).toThrow('JWT_SECRET_FILE cannot be read');
});

test('the development secret is made once and readable by its owner only', () => {
  const first = developmentSecret(directory);
  expect(first).toMatch(/^development-[0-9a-f]{64}$/);
  expect(developmentSecret(directory)).toBe(first);
  expect(statSync(path.join(directory, 'dev-secret')).mode & 0o777).toBe(0o600);
});
