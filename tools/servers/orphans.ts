import { setTimeout as pause } from 'node:timers/promises';
import { isStillRunning } from './process-identity.ts';
import {
  forgetProcess,
  isOurs,
  type ProcessRecord,
  recordedProcesses,
  signalRecorded,
  type StopRank,
} from './process-records.ts';

const ORDER: readonly StopRank[] = ['program', 'index', 'database'];
const GRACE_MS: Readonly<Record<StopRank, number>> = { program: 30_000, index: 5_000, database: 30_000 };

/**
 * Stops what commands of this clone left behind when they were killed, apps first and the database last, and answers how many
 * processes that were. What belongs to a command that still runs is left alone.
 */
export async function stopOrphans(): Promise<number> {
  return stopAll(recordedProcesses().filter((record) => !isStillRunning(record.owner)));
}

/** Stops what this very process started and has not stopped yet. */
export async function stopOwnProcesses(): Promise<number> {
  return stopAll(
    recordedProcesses().filter((record) => record.owner.pid === process.pid && isStillRunning(record.owner)),
  );
}

async function stopAll(records: readonly ProcessRecord[]): Promise<number> {
  let stopped = 0;
  for (const rank of ORDER) {
    const ended = await Promise.all(records.filter((record) => record.rank === rank).map(stopRecorded));
    stopped += ended.filter(Boolean).length;
  }
  return stopped;
}

async function stopRecorded(record: ProcessRecord): Promise<boolean> {
  const { pid } = record.process;
  const wasRunning = isOurs(record);
  if (wasRunning) {
    signalRecorded(pid, record.rank, 'SIGCONT');
    signalRecorded(pid, record.rank, 'SIGTERM');
    if (!(await isGoneWithin(record, GRACE_MS[record.rank]))) signalRecorded(pid, record.rank, 'SIGKILL');
    await isGoneWithin(record, 5_000);
  }
  forgetProcess(pid);
  return wasRunning;
}

/** Nobody tells a stranger that a process has ended, so this looks again and again. */
async function isGoneWithin(record: ProcessRecord, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  while (isStillRunning(record.process)) {
    if (Date.now() > deadline) return false;
    await pause(50);
  }
  return true;
}
