import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BUGS } from '../chaos/bugs/bugs.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/** The chaos suite is only shown to see mistakes for as long as they can be put into what is built. */
describe('the deliberate bugs of the chaos suite', () => {
  it.each(BUGS)('$name replaces what is in the build once', ({ replacements }) => {
    const found = replacements.map(
      ({ file, text }) => readFileSync(path.join(ROOT, file), 'utf8').split(text).length - 1,
    );
    expect(found).toEqual(replacements.map(() => 1));
  });
});
