import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ManagedProcess } from './managed-process.ts';
import { stopOrphans } from './orphans.ts';
import { identityOf, isStillRunning, type ProcessIdentity } from './process-identity.ts';
import { isOurs, recordedProcesses, type ProcessRecord } from './process-records.ts';

const MODULE = path.join(import.meta.dirname, 'managed-process.ts');
let directory: string;
let launched: ManagedProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'holdfast-orphans-'));
});

afterEach(async () => {
  await Promise.all(launched.map((each) => each.kill('SIGKILL')));
  launched = [];
  rmSync(directory, { recursive: true, force: true });
});

test('what a killed command left behind is stopped', async () => {
  const { owner, child } = await commandThatStartsOne();
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  expect(isStillRunning(child)).toBe(true);

  await stopOrphans();

  expect(isStillRunning(child)).toBe(false);
  expect(recordedProcesses().some((record) => record.process.pid === child.pid)).toBe(false);
});

test('what belongs to a command that still runs is left alone', async () => {
  const running = await launchSleeper();
  await stopOrphans();
  expect(running.running).toBe(true);
});

test('a process is ours only if it started when we started it and its command line names us', async () => {
  const running = await launchSleeper();
  const record = recordOf(running.pid);

  expect(isOurs(record)).toBe(true);
  expect(isOurs({ ...record, marker: '/another/clone' })).toBe(false);
  expect(isOurs({ ...record, process: { ...record.process, startedAt: 'long ago' } })).toBe(false);

  await running.kill('SIGKILL');
  expect(isOurs(record)).toBe(false);
});

async function commandThatStartsOne(): Promise<{ owner: ChildProcess; child: ProcessIdentity }> {
  const script = `
    const { ManagedProcess } = await import(${JSON.stringify(MODULE)});
    console.log((await ManagedProcess.launch(${JSON.stringify(sleeper())})).pid);
  `;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(owner.stdout), 'line')) as [string];
  const child = identityOf(Number(line));
  if (child === undefined) throw new Error(`There is no process ${line}.`);
  return { owner, child };
}

async function launchSleeper(): Promise<ManagedProcess> {
  const running = await ManagedProcess.launch(sleeper());
  launched.push(running);
  return running;
}

function sleeper() {
  return {
    name: 'a sleeper',
    command: process.execPath,
    args: ['-e', 'setInterval(() => undefined, 1000)', directory],
    logFile: path.join(directory, 'log'),
    rank: 'program' as const,
    marker: directory,
  };
}

function recordOf(pid: number): ProcessRecord {
  const record = recordedProcesses().find((each) => each.process.pid === pid);
  if (record === undefined) throw new Error(`Nothing is recorded of ${pid}.`);
  return record;
}
