import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const SOURCES = import.meta.dirname;
const IMPORTED = /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g;

describe('the domain', () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
  );

  it('has sources to look at', () => {
    expect(files.length).toBeGreaterThan(10);
  });

  it.each(files)('imports nothing but itself in %s', (file) => {
    const text = readFileSync(path.join(SOURCES, file), 'utf8');
    const foreign = [...text.matchAll(IMPORTED)].map(([, from]) => from ?? '').filter((from) => !from.startsWith('.'));
    expect(foreign).toEqual([]);
  });

  it('depends on no package', () => {
    const manifest: unknown = JSON.parse(readFileSync(path.join(SOURCES, '../package.json'), 'utf8'));
    expect(manifest).toMatchObject({ dependencies: {} });
    expect(Object.keys((manifest as { dependencies: object }).dependencies)).toEqual([]);
  });
});
