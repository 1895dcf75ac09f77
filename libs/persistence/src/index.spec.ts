import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const IMPORT = /^(?:import|export) (?!type )[^;]*? from '([^']+)';/gms;

/** Everything that a module loads, by its name or path. */
function loadedBy(path: string, seen = new Set<string>()): Set<string> {
  for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(IMPORT)) {
    const isOurs = name.startsWith('.');
    const loaded = isOurs ? join(path, '..', name) : name;
    if (seen.has(loaded)) continue;
    seen.add(loaded);
    if (isOurs) loadedBy(loaded, seen);
  }
  return seen;
}

describe('what loading the library loads', () => {
  it('is TypeORM for the schema, and not for what workers and schedulers do', () => {
    expect(loadedBy(join(import.meta.dirname, 'schema.ts'))).toContain('typeorm');
    expect(loadedBy(join(import.meta.dirname, 'index.ts'))).toContain('mysql2');
    for (const name of loadedBy(join(import.meta.dirname, 'index.ts'))) expect(name).not.toContain('typeorm');
  });
});
