import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SHOWN_STATES } from './job-state.ts';
import { JOB_TRANSITIONS } from './job-transitions.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/job-lifecycle.md'), 'utf8');

describe('docs/job-lifecycle.md', () => {
  it('draws exactly the transitions of the table', () => {
    const drawn = [...PAGE.matchAll(/^\s*(\S+) --> (\S+): (\S+)$/gm)].map(
      ([, from, to, event]) => `${from} ${event} ${to}`,
    );
    const legal = JOB_TRANSITIONS.map(({ from, event, to }) => `${from ?? '[*]'} ${event} ${to ?? '[*]'}`);
    expect([...drawn].sort()).toEqual([...legal].sort());
  });

  it('explains every state that a caller can see', () => {
    const explained = [...PAGE.matchAll(/^\| `(\w+)` \|/gm)].map(([, state]) => state);
    expect([...explained].sort()).toEqual([...SHOWN_STATES].sort());
  });
});
