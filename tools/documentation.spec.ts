import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ApiSettings } from '../apps/api/src/api.configuration.ts';
import { SchedulerSettings } from '../apps/scheduler/src/scheduler.configuration.ts';
import { WorkerSettings } from '../apps/worker/src/worker.configuration.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const VARIABLES = [
  ...new Set([ApiSettings, SchedulerSettings, WorkerSettings].flatMap(({ shape }) => Object.keys(shape))),
];

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

describe('the settings', () => {
  it('are all explained in docs/configuration.md, and nothing else is', () => {
    const explained = [...read('docs/configuration.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
    expect([...new Set(explained)].sort()).toEqual([...VARIABLES].sort());
  });

  it('are all in .env.example, and nothing else is', () => {
    const listed = [...read('.env.example').matchAll(/^#? ?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect([...new Set(listed)].sort()).toEqual([...VARIABLES].sort());
  });
});

describe('the logs', () => {
  const sources = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\/src\/.*(?<!spec)\.ts$/.test(file))
      .map((file) => read(`${folder}/${file}`)),
  );
  const errors = sources.flatMap((source) =>
    [...source.matchAll(/logger\.(?:error|fatal)\([^;]*?'([^']+)'/g)].map(([, message = '']) => message),
  );

  it('have a remedy in docs/operations.md for every message of level error', () => {
    const table = read('docs/operations.md');
    expect(errors.length).toBeGreaterThan(5);
    expect(errors.filter((message) => !table.includes(`| \`${message}\` |`))).toEqual([]);
  });
});

describe('the documentation', () => {
  const docs = readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  const pages = [
    'README.md',
    'SECURITY.md',
    'CONTRIBUTING.md',
    ...docs.filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`),
  ];

  it.each(pages)('links to nothing missing in %s', (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => target ?? '');
    expect(targets.filter((target) => !exists(path.join(path.dirname(page), target)))).toEqual([]);
  });

  it.each(pages)('names no test that does not exist in %s', (page) => {
    const tests = [...read(page).matchAll(/`([\w./-]+\.(?:e2e-|int-)?spec\.ts)`/g)].map(([, file]) => file ?? '');
    expect(tests.filter((file) => !exists(file))).toEqual([]);
  });
});

function exists(target: string): boolean {
  try {
    read(target);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EISDIR';
  }
}
