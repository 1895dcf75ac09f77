import { appendFileSync, rmSync } from 'node:fs';
import { ManagedProcess, tailOf } from '../servers/index.ts';
import type { Lifetime } from './lifetime.ts';

export interface LoggedCommand {
  name: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Holds the output of this run alone. */
  logFile: string;
  /** Ends the command after this long; without it the command may take as long as it likes. */
  limitMs?: number;
}

export interface LoggedResult {
  ok: boolean;
  tail: string[];
}

const STOP_GRACE_MS = 10_000;

/** Runs a command to its end with its output in a file, and stops it with everything it started when the lifetime ends. */
export async function runLogged(run: LoggedCommand, lifetime: Lifetime): Promise<LoggedResult> {
  rmSync(run.logFile, { force: true });
  const process = await ManagedProcess.launch({ ...run, rank: 'program', marker: run.args.at(-1) ?? run.command });
  lifetime.onEnd(async () => {
    if (process.running) await process.stop(STOP_GRACE_MS);
  });
  const limit = setTimeout(() => {
    appendFileSync(run.logFile, `\nStopped: ${run.name} took longer than ${(run.limitMs ?? 0) / 60_000} minutes.\n`);
    void process.stop(STOP_GRACE_MS);
  }, run.limitMs ?? 0x7fffffff);
  const { code } = await process.exited;
  clearTimeout(limit);
  return { ok: code === 0, tail: tailOf(run.logFile, 25) };
}
