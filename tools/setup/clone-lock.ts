import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HOLDFAST } from '../servers/paths.ts';
import { codeOf, Problem } from '../servers/problem.ts';
import { identityOf, isStillRunning, type ProcessIdentity } from '../servers/process-identity.ts';
import type { Lifetime } from './lifetime.ts';

/** What a running `npm start` tells the other commands of its clone. */
export interface RunningStart {
  process: ProcessIdentity;
  databaseUrl?: string;
  redisUrl?: string;
}

const FILE = path.join(HOLDFAST, 'running.json');

/** Makes sure that one `npm start` runs in this clone; its private servers share one data directory. */
export function takeCloneLock(lifetime: Lifetime): void {
  const other = runningStart();
  if (other !== undefined) refuse(other);
  rmSync(FILE, { force: true });
  mkdirSync(HOLDFAST, { recursive: true });
  try {
    write({ process: ownIdentity() }, 'wx');
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    refuse(runningStart());
  }
  lifetime.onEnd(() => rmSync(FILE, { force: true }));
}

export function tellServers({ databaseUrl, redisUrl }: { databaseUrl: string; redisUrl: string }): void {
  write({ process: ownIdentity(), databaseUrl, redisUrl }, 'w');
}

/** The `npm start` that runs in this clone now, if one does. */
export function runningStart(): RunningStart | undefined {
  try {
    const found = JSON.parse(readFileSync(FILE, 'utf8')) as RunningStart;
    return isStillRunning(found.process) ? found : undefined;
  } catch {
    return undefined;
  }
}

function write(content: RunningStart, flag: 'w' | 'wx'): void {
  writeFileSync(FILE, JSON.stringify(content), { flag, mode: 0o600 });
}

function ownIdentity(): ProcessIdentity {
  const own = identityOf(process.pid);
  if (own === undefined) throw new Error('This process cannot be found in the process table: is /proc or ps missing?');
  return own;
}

function refuse(other: RunningStart | undefined): never {
  const which = other === undefined ? '' : ` (process ${other.process.pid})`;
  throw new Problem(`npm start already runs in this clone${which}: stop it first, or use a second clone.`);
}
