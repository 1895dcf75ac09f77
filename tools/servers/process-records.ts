import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HOLDFAST } from './paths.ts';
import { commandLineOf, identityOf, isStillRunning, type ProcessIdentity } from './process-identity.ts';

/** In which order things stop: programs before the servers they talk to, the database last. */
export type StopRank = 'program' | 'index' | 'database';

/** A process that a tool started, written down so that it can be found and stopped if the tool is killed. */
export interface ProcessRecord {
  process: ProcessIdentity;
  owner: ProcessIdentity;
  rank: StopRank;
  /** A word of its command line that names this clone. */
  marker: string;
}

const RECORDS = path.join(HOLDFAST, 'processes');

export function recordProcess(pid: number, rank: StopRank, marker: string): void {
  const started = identityOf(pid);
  const owner = identityOf(process.pid);
  if (started === undefined || owner === undefined) return;
  const record: ProcessRecord = { process: started, owner, rank, marker };
  mkdirSync(RECORDS, { recursive: true });
  writeFileSync(fileOf(pid), JSON.stringify(record));
}

export function forgetProcess(pid: number): void {
  rmSync(fileOf(pid), { force: true });
}

/** Never trusts a number alone: a process is ours when it started at the recorded moment and its command line names us. */
export function isOurs(record: ProcessRecord): boolean {
  return isStillRunning(record.process) && commandLineOf(record.process.pid).includes(record.marker);
}

/** A program leads a process group (a build and its compilers, a test run and its workers), and the whole group is meant. */
export function signalRecorded(pid: number, rank: StopRank, signal: NodeJS.Signals): void {
  try {
    process.kill(rank === 'program' ? -pid : pid, signal);
  } catch {
    // It ended in between.
  }
}

export function recordedProcesses(): ProcessRecord[] {
  return fileNames().flatMap((name) => readRecord(path.join(RECORDS, name)));
}

function readRecord(file: string): ProcessRecord[] {
  try {
    return [JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord];
  } catch {
    // Half written by a process that was killed, or removed since it was listed.
    return [];
  }
}

function fileNames(): string[] {
  try {
    return readdirSync(RECORDS).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

function fileOf(pid: number): string {
  return path.join(RECORDS, `${pid}.json`);
}
