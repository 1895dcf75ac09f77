import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Stands in for npm: notes that it ran, and installs what the bootstrap looks for. */
const NPM = `
  const fs = require('node:fs');
  fs.appendFileSync('npm-runs', process.argv.slice(2).join(' ') + '\\n');
  if (fs.existsSync('no-network')) { console.error('npm error network'); process.exit(1); }
  setTimeout(() => {
    fs.rmSync('node_modules', { recursive: true, force: true });
    fs.mkdirSync('node_modules/.bin', { recursive: true });
    fs.mkdirSync('node_modules/typescript');
    fs.symlinkSync(process.execPath, 'node_modules/.bin/node');
  }, 300);
`;
let clone: string;

beforeEach(() => {
  clone = mkdtempSync(path.join(tmpdir(), 'holdfast-bootstrap-'));
  mkdirSync(path.join(clone, 'tools'));
  mkdirSync(path.join(clone, 'npm'));
  copyFileSync(path.join(import.meta.dirname, 'bootstrap.mjs'), path.join(clone, 'tools', 'bootstrap.mjs'));
  writeFileSync(path.join(clone, 'npm', 'npm-cli.js'), NPM);
  writeFileSync(
    path.join(clone, 'package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }),
  );
  writeFileSync(
    path.join(clone, 'tools', 'greet.ts'),
    'console.log(`hello ${process.argv[2]}`); process.exitCode = 7;',
  );
});

afterEach(() => rmSync(clone, { recursive: true, force: true }));

test('packages are installed once, then the tool runs with its arguments and its exit code is ours', async () => {
  expect(await bootstrap('greet', 'you')).toMatchObject({ code: 7, stdout: 'hello you\n' });
  expect(await bootstrap('greet', 'again')).toMatchObject({ code: 7, stdout: 'hello again\n' });
  expect(npmRuns()).toBe(1);
});

test('two that start together install once', async () => {
  const both = await Promise.all([bootstrap('greet', 'a'), bootstrap('greet', 'b')]);
  expect(both.map(({ stdout }) => stdout)).toEqual(['hello a\n', 'hello b\n']);
  expect(npmRuns()).toBe(1);
});

test('another lock file is installed again', async () => {
  await bootstrap('greet');
  writeFileSync(
    path.join(clone, 'package-lock.json'),
    JSON.stringify({ packages: { 'node_modules/a': { version: '2.0.0' } } }),
  );
  await bootstrap('greet');
  expect(npmRuns()).toBe(2);
});

test('packages that were installed by hand are not installed again', async () => {
  mkdirSync(path.join(clone, 'node_modules', 'a'), { recursive: true });
  copyFileSync(path.join(clone, 'package-lock.json'), path.join(clone, 'node_modules', '.package-lock.json'));
  mkdirSync(path.join(clone, 'node_modules', '.bin'));
  expect((await bootstrap('greet', 'you')).stdout).toBe('hello you\n');
  expect(() => npmRuns()).toThrow('npm-runs');
});

test('a failed install shows what npm said and leaves no lock behind', async () => {
  writeFileSync(path.join(clone, 'no-network'), '');
  const { code, stderr } = await bootstrap('greet');
  expect(code).toBe(1);
  expect(stderr).toContain('npm error network');
  rmSync(path.join(clone, 'no-network'));
  expect((await bootstrap('greet', 'you')).code).toBe(7);
});

test('the lock of an install that was killed is taken over', async () => {
  mkdirSync(path.join(clone, '.holdfast'));
  const killed = spawnSync(process.execPath, ['--version']).pid;
  symlinkSync(String(killed), path.join(clone, '.holdfast', 'installing'));
  expect((await bootstrap('greet', 'you')).stdout).toBe('hello you\n');
});

test('an unknown tool is refused before anything is installed', async () => {
  expect(await bootstrap('../evil')).toMatchObject({ code: 1, stderr: expect.stringContaining('no tool named') });
  expect(() => npmRuns()).toThrow('npm-runs');
});

function bootstrap(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'], npm_execpath: path.join(clone, 'npm', 'npm-cli.js') };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(clone, 'tools', 'bootstrap.mjs'), ...args],
      { env },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

function npmRuns(): number {
  return readFileSync(path.join(clone, 'npm-runs'), 'utf8').trim().split('\n').length;
}
