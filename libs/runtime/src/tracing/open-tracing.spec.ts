import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const LIBS = path.resolve(import.meta.dirname, '..');
/** A process of its own: what it has loaded is told by the loader, not by us. */
const LOADED = `
  import { registerHooks } from 'node:module';
  const loaded = new Set();
  registerHooks({ load: (url, context, next) => (loaded.add(url), next(url, context)) });
  const { openTracing } = await import('./tracing/open-tracing.ts');
  const tracing = await openTracing('api', JSON.parse(process.argv[1] ?? 'null') ?? undefined);
  console.log(JSON.stringify({ isOn: tracing.isOn, telemetry: [...loaded].filter((url) => url.includes('@opentelemetry')).length }));
  process.exit();
`;

async function afterOpening(options: object | null): Promise<{ isOn: boolean; telemetry: number }> {
  const flags = ['--input-type=module', '--experimental-transform-types', '--no-warnings', '-e', LOADED];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, JSON.stringify(options)], { cwd: LIBS });
  return JSON.parse(stdout) as { isOn: boolean; telemetry: number };
}

describe('a program', () => {
  it('loads nothing of OpenTelemetry while traces are off', async () => {
    expect(await afterOpening(null)).toEqual({ isOn: false, telemetry: 0 });
  });

  it('loads it when they are on', async () => {
    const options = { protocol: 'http/json', sampler: 'always_on', sampleRatio: 1, exportEveryMs: 5_000 };
    const { isOn, telemetry } = await afterOpening(options);
    expect(isOn).toBe(true);
    expect(telemetry).toBeGreaterThan(10);
  });
});
