import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server as Listener } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ManagedProcess } from './managed-process.ts';
import { Server, type ServerPlan } from './server.ts';

const LISTEN = `
  const directory = process.argv[1];
  const server = require('node:http').createServer((_, response) => response.end(String(process.pid)));
  server.on('error', (error) => { console.error('bind: Address already in use', error.code); process.exit(1); });
  server.listen(Number(process.argv[2]), '127.0.0.1');
`;
let directory: string;
let started: Server | undefined;
let rivals: Listener[] = [];

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'holdfast-server-'));
});

afterEach(async () => {
  await started?.stop();
  started = undefined;
  for (const rival of rivals) rival.close();
  rivals = [];
  rmSync(directory, { recursive: true, force: true });
});

test('a server that was killed comes back on its port as another process', async () => {
  started = await Server.start(planOf(LISTEN), undefined);
  const { pid, port, url } = started;

  await started.kill('SIGKILL');
  expect(started.running).toBe(false);
  await started.restart();

  expect(started).toMatchObject({ port, url, running: true });
  expect(started.pid).not.toBe(pid);
  expect(await (await fetch(url)).text()).toBe(String(started.pid));
});

test('another port is chosen when a program takes the first one before the server binds it', async () => {
  const plan = planOf(LISTEN);
  const crowded: ServerPlan = {
    ...plan,
    launch: async (port) => {
      if (rivals.length < 2) await occupy(port);
      return plan.launch(port);
    },
  };

  started = await Server.start(crowded, undefined);

  expect(rivals).toHaveLength(2);
  expect(await (await fetch(started.url)).text()).toBe(String(started.pid));
});

test('a port that was asked for and is taken is a problem, not a reason to take another', async () => {
  const rival = await occupy(0);
  const address = rival.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  await expect(Server.start(planOf(LISTEN), port)).rejects.toThrow(`Port ${port} for the test server is in use`);
});

test('a server that dies at its start is reported with the end of its log', async () => {
  const plan = planOf('console.error("the sky is falling"); process.exit(3)');
  await expect(Server.start(plan, undefined)).rejects.toThrow(/the test server[^]*the sky is falling/i);
});

test('a frozen server can still be stopped', async () => {
  started = await Server.start(planOf(LISTEN), undefined);
  await started.kill('SIGSTOP');
  await started.stop();
  expect(started.running).toBe(false);
  expect(readFileSync(started.logFile, 'utf8')).toBe('');
});

function planOf(script: string): ServerPlan {
  const logFile = path.join(directory, 'server.log');
  const url = (port: number): string => `http://127.0.0.1:${port}`;
  return {
    name: 'the test server',
    directory,
    logFile,
    stopGraceMs: 5_000,
    url,
    probe: async (port, pid) => {
      const answer = await (await fetch(url(port))).text();
      if (answer !== String(pid)) throw new Error('somebody else');
    },
    launch: (port) =>
      ManagedProcess.launch({
        name: 'the test server',
        command: process.execPath,
        args: ['-e', script, directory, String(port)],
        logFile,
        rank: 'index',
        marker: directory,
      }),
  };
}

function occupy(port: number): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const listener = createServer((socket) => socket.end());
    listener.once('error', reject);
    listener.listen(port, '127.0.0.1', () => {
      rivals.push(listener);
      resolve(listener);
    });
  });
}
