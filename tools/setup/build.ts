import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HOLDFAST, ROOT } from '../servers/paths.ts';
import { Problem } from '../servers/problem.ts';
import type { Lifetime } from './lifetime.ts';
import { runLogged } from './run-logged.ts';
import { diskFull } from '../servers/startup-failure.ts';

const BIN = path.join(ROOT, 'node_modules', '.bin');

/** The environment of our own tools: `node` is the pinned one, and Nx leaves no daemon behind. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${path.dirname(process.execPath)}${path.delimiter}${BIN}${path.delimiter}${process.env['PATH'] ?? ''}`,
    NX_DAEMON: 'false',
    NX_TUI: 'false',
  };
}

/** Builds with Nx, all projects or those named; what is unchanged comes from its cache. */
export async function build(lifetime: Lifetime, projects: readonly string[] = []): Promise<string> {
  const selection = projects.length === 0 ? [] : [`--projects=${projects.join(',')}`];
  const logFile = path.join(HOLDFAST, 'logs', `build-${process.pid}.log`);
  const result = await runLogged(
    {
      name: 'the build',
      command: process.execPath,
      args: [path.join(BIN, 'nx'), 'run-many', '-t', 'build', '--output-style=static', ...selection],
      env: toolEnvironment(),
      cwd: ROOT,
      logFile,
    },
    lifetime,
  );
  const output = readFileSync(logFile, 'utf8').trim();
  if (/ENOSPC|no space left/i.test(output)) throw diskFull(ROOT);
  if (!result.ok) throw new Problem(`The build failed:\n\n${output}`);
  return summaryOf(output);
}

/** Nx ends with `… ran target build for 7 projects` and, where it applies, how many came from the cache. */
export function summaryOf(output: string): string {
  const projects = /for (\d+) projects?/.exec(output)?.[1] ?? 'all';
  const cached =
    /existing outputs match the cache.*?(\d+) out of \d+|read the output from the cache.*?(\d+) out of/i.exec(output);
  const hits = cached?.[1] ?? cached?.[2];
  return `${projects} projects${hits === undefined ? '' : `, ${hits} from the cache`}`;
}
