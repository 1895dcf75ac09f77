import { readFileSync } from 'node:fs';
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

describe('the documentation', () => {
  it.each(['README.md', 'CONTRIBUTING.md', 'docs/internals.md', 'docs/guarantees.md'])(
    'links to nothing missing in %s',
    (page) => {
      const targets = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => target ?? '');
      const missing = targets.filter((target) => !exists(path.join(path.dirname(page), target)));
      expect(missing).toEqual([]);
    },
  );
});

function exists(target: string): boolean {
  try {
    read(target);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EISDIR';
  }
}
