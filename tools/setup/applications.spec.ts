import { afterEach, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:net';
import { freePort } from '../servers/index.ts';
import { choosePorts } from './applications.ts';

let rival: Server | undefined;
const quiet = (): void => undefined;

afterEach(() => {
  rival?.close();
  rival = undefined;
});

test('a port that the user chose and that is taken is refused by name', async () => {
  const port = await occupied();
  await expect(choosePorts({ SCHEDULER_PORT: String(port) }, quiet)).rejects.toThrow(
    `SCHEDULER_PORT ${port} is in use by another program`,
  );
});

test('a port that the user chose and that is free is taken', async () => {
  const port = await freePort();
  const chosen = await choosePorts({ WORKER_PORT: String(port) }, quiet);
  expect(chosen.find(({ name }) => name === 'worker')?.port).toBe(port);
});

test('every application gets a port of its own, even where a default one is given to another', async () => {
  const said: string[] = [];
  const chosen = await choosePorts({ API_PORT: '0', WORKER_PORT: '0' }, (line) => said.push(line));
  expect(new Set(chosen.map(({ port }) => port)).size).toBe(3);
  expect(said.join()).not.toContain('API_PORT');
});

test('two applications cannot be given the same port', async () => {
  const port = String(await freePort());
  await expect(choosePorts({ API_PORT: port, WORKER_PORT: port }, quiet)).rejects.toThrow('also the port of the api');
});

test.each(['http', '-1', '65536', '3000.5'])('%s is not a port', async (port) => {
  await expect(choosePorts({ API_PORT: port }, quiet)).rejects.toThrow(`API_PORT ${port} is not a port`);
});

function occupied(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '0.0.0.0', () => {
      rival = server;
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
