import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Cluster, Redis } from 'ioredis';
import { findRedisBinary } from '../../../../tools/servers/binaries.ts';
import { freePort, ManagedProcess } from '../../../../tools/servers/index.ts';
import { makeCertificates, openssl, type Certificates } from '../../../../tools/testing/certificates.ts';
import { commandConnection } from './redis-connections.ts';
import { parseRedisUrl } from './redis-url.ts';

jest.setTimeout(60_000);

(openssl === undefined ? describe.skip : describe)('a Redis with a certificate and a password', () => {
  const directory = mkdtempSync(path.join(process.env['TEST_DIRECTORY'] ?? tmpdir(), 'secure-redis-'));
  const passwordFile = path.join(directory, 'password');
  const connections: (Redis | Cluster)[] = [];
  let certificates: Certificates;
  let server: ManagedProcess | undefined;

  beforeAll(() => {
    certificates = makeCertificates(directory, '127.0.0.1');
  });

  afterEach(async () => {
    for (const connection of connections.splice(0)) connection.disconnect();
    await server?.stop(5_000);
  });

  async function start(port: number, password: string): Promise<void> {
    const { ca, certificate, key } = certificates;
    const tls = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', ca];
    const network = ['--port', '0', '--tls-port', String(port), '--bind', '127.0.0.1', '--tls-auth-clients', 'no'];
    server = await ManagedProcess.launch({
      name: 'Redis with TLS',
      command: findRedisBinary().found?.path ?? 'redis-server',
      args: ['--dir', directory, ...network, ...tls, '--save', '', '--requirepass', password, '--set-proc-title', 'no'],
      logFile: path.join(directory, 'log'),
      rank: 'index',
      marker: directory,
    });
  }

  function open(url: string): Redis | Cluster {
    const connection = commandConnection(parseRedisUrl(url));
    connection.on('error', () => undefined);
    connections.push(connection);
    return connection;
  }

  const ready = (connection: Redis | Cluster): Promise<unknown> =>
    new Promise((resolve) => connection.once('ready', resolve));

  it('is spoken to in secret if the URL names the authority, and not without it', async () => {
    const port = await freePort();
    await start(port, 'first');
    const connection = open(`rediss://:first@127.0.0.1:${port}?ca=${certificates.ca}`);
    await ready(connection);
    expect(await connection.ping()).toBe('PONG');
    const trusting = open(`rediss://:first@127.0.0.1:${port}`);
    const [error] = await new Promise<unknown[]>((resolve) => trusting.once('error', (...all) => resolve(all)));
    expect(String(error)).toMatch(/certificate/);
  });

  it('may come back with another password: each new connection looks into the file', async () => {
    const port = await freePort();
    writeFileSync(passwordFile, 'first');
    await start(port, 'first');
    const connection = open(`rediss://127.0.0.1:${port}?ca=${certificates.ca}&passwordFile=${passwordFile}`);
    await ready(connection);
    writeFileSync(passwordFile, 'redis://:second@cache:6379\n'); // as a Secret with the whole URL holds it
    const again = ready(connection);
    await server?.stop(5_000);
    await start(port, 'second');
    await again;
    expect(await connection.ping()).toBe('PONG');
    rmSync(passwordFile);
  });
});
