import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startDatabase, type Server } from '../../../../tools/servers/index.ts';
import { makeCertificates, openssl, type Certificates } from '../../../../tools/testing/certificates.ts';
import { DATABASE_DEFAULTS } from './database-options.ts';
import { Database, type Row } from './database.ts';

jest.setTimeout(120_000);
const HOST = 'localhost';
const USER = "'sealed'@'127.0.0.1'";

(openssl === undefined ? describe.skip : describe)('a server with a certificate', () => {
  const directory = mkdtempSync(path.join(process.env['TEST_DIRECTORY'] ?? tmpdir(), 'secure-'));
  const passwordFile = path.join(directory, 'password');
  let certificates: Certificates;
  let strange: Certificates;
  let server: Server;
  let owner: Database;

  const open = (query: string, user = 'sealed:first'): Database => {
    const url = `mysql://${user}@${HOST}:${server.port}/holdfast${query}`;
    return new Database({ ...DATABASE_DEFAULTS, url, connections: 1, transactionAttempts: 1 });
  };

  const cipherOver = async (database: Database): Promise<string> => {
    try {
      const [row] = await database.rows<Row & { Value: string }>("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
      return row?.Value ?? '';
    } finally {
      await database.close();
    }
  };

  beforeAll(async () => {
    mkdirSync(path.join(directory, 'strange'));
    certificates = makeCertificates(directory, HOST);
    strange = makeCertificates(path.join(directory, 'strange'), HOST);
    const { ca, certificate, key } = certificates;
    const options = [`--ssl-ca=${ca}`, `--ssl-cert=${certificate}`, `--ssl-key=${key}`];
    server = await startDatabase({ directory: path.join(directory, 'database'), options });
    owner = new Database({ ...DATABASE_DEFAULTS, url: server.url, connections: 1 });
    await owner.change(`CREATE USER ${USER} IDENTIFIED BY 'first' REQUIRE SSL`);
    await owner.change(`GRANT ALL ON holdfast.* TO ${USER}`);
  });

  afterAll(async () => {
    await owner.close();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is spoken to in secret if the URL names the authority', async () => {
    expect(await cipherOver(open(`?ca=${certificates.ca}`))).toMatch(/AES|CHACHA/);
  });

  it.each([
    ['that another authority signed', () => `?ca=${strange.ca}`],
    ['that no authority of this machine signed', () => '?tls=true'],
    ['without TLS, if the user must have it', () => ''],
  ])('is not spoken to %s', async (_, query) => {
    await expect(cipherOver(open(query()))).rejects.toThrow();
  });

  it('is not spoken to by an address, of which no name can be checked', () => {
    const url = `mysql://sealed:first@127.0.0.1:${server.port}/holdfast?ca=${certificates.ca}`;
    expect(() => new Database({ ...DATABASE_DEFAULTS, url })).toThrow('needs the name of a host');
  });

  it('may change the password while a program runs: each new connection looks into the file', async () => {
    writeFileSync(passwordFile, 'first\n');
    const database = open(`?ca=${certificates.ca}&passwordFile=${passwordFile}`, 'sealed');
    const connection = async (): Promise<number> => {
      const [row] = await database.rows<Row & { id: number }>('SELECT CONNECTION_ID() AS id');
      return row?.id ?? 0;
    };
    const first = await connection();
    await owner.change(`ALTER USER ${USER} IDENTIFIED BY 'second'`);
    expect(await connection()).toBe(first); // who is in stays in
    writeFileSync(passwordFile, `mysql://sealed:second@${HOST}/holdfast`); // as a Secret with the whole URL holds it
    await owner.change(`KILL ${first}`);
    expect(await connection().catch(connection)).not.toBe(first); // the killed one may be noticed only when it is used
    await owner.change(`ALTER USER ${USER} IDENTIFIED BY 'first'`);
    await database.close();
  });
});
