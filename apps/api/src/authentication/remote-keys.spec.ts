import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exportJWK, jwtVerify, SignJWT, type JWK } from 'jose';
import { isKeyOutage, REMOTE_KEY_DEFAULTS, remoteKeys } from './remote-keys.ts';

/** Everything is old and may be fetched again at once. */
const IMPATIENT = { maxAgeMs: 0, cooldownMs: 0, timeoutMs: 1_000, retryMs: 0 };

interface Signer {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: JWK;
}

async function signer(kid: string): Promise<Signer> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' } };
}

const tokenOf = ({ kid, privateKey }: Signer) =>
  new SignJWT({ sub: kid }).setProtectedHeader({ alg: 'EdDSA', kid }).sign(privateKey);

describe('keys at an address', () => {
  let issuer: Server;
  let url: URL;
  let published: Signer[] = [];
  let mode: 'well' | 'failing' | 'hanging' = 'well';
  let fetches = 0;
  let first: Signer;
  let second: Signer;

  beforeEach(async () => {
    [first, second] = [await signer('first'), await signer('second')];
    [published, mode, fetches] = [[first], 'well', 0];
    issuer = createServer((_, response) => {
      fetches += 1;
      if (mode === 'hanging') return;
      const body = JSON.stringify({ keys: published.map(({ jwk }) => jwk) });
      response.writeHead(mode === 'well' ? 200 : 500, { 'content-type': 'application/json' }).end(body);
    });
    await once(issuer.listen(0, '127.0.0.1'), 'listening');
    url = new URL(`http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`);
  });

  afterEach(async () => {
    issuer.closeAllConnections();
    issuer.close();
    await once(issuer, 'close');
  });

  const verify = async (keys: ReturnType<typeof remoteKeys>, by: Signer) => jwtVerify(await tokenOf(by), keys);

  it('are fetched once, however many tokens come', async () => {
    const keys = remoteKeys(url);
    await Promise.all(Array.from({ length: 50 }, () => verify(keys, first)));
    expect(fetches).toBe(1);
  });

  it('are looked for again when one is missing, but not for every token that invents one', async () => {
    const keys = remoteKeys(url, { ...REMOTE_KEY_DEFAULTS, cooldownMs: 0 });
    await verify(keys, first);
    published = [first, second];
    await expect(verify(keys, second)).resolves.toBeDefined();
    expect(fetches).toBe(2);
    const calm = remoteKeys(url);
    for (let n = 0; n < 20; n++) await expect(verify(calm, await signer(`invented ${n}`))).rejects.toThrow();
    expect(fetches).toBe(3);
  });

  it('count no longer once they were withdrawn', async () => {
    const keys = remoteKeys(url, IMPATIENT);
    await verify(keys, first);
    published = [second];
    await expect(verify(keys, first)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  it.each(['failing', 'hanging'] as const)(
    'go on while the address is %s, and nobody can tell of others',
    async (state) => {
      const keys = remoteKeys(url, IMPATIENT);
      await verify(keys, first);
      mode = state;
      await expect(verify(keys, first)).resolves.toBeDefined();
      expect(isKeyOutage(await verify(keys, second).catch((error: unknown) => error))).toBe(true);
      [mode, published] = ['well', [first, second]];
      await expect(verify(keys, second)).resolves.toBeDefined();
    },
  );

  it('are not asked for again and again while the address fails', async () => {
    const keys = remoteKeys(url, { ...IMPATIENT, retryMs: 60_000 });
    await verify(keys, first);
    mode = 'failing';
    for (let n = 0; n < 20; n++) await verify(keys, first);
    expect(fetches).toBe(2);
  });

  it('are never those that a token brings or names itself', async () => {
    const keys = remoteKeys(url);
    const headers = [
      { alg: 'EdDSA', kid: 'first', jwk: second.jwk },
      { alg: 'EdDSA', kid: 'first', jku: 'http://127.0.0.1:1/keys' },
      { alg: 'EdDSA', kid: 'first', x5u: 'http://127.0.0.1:1/chain' },
      { alg: 'EdDSA', kid: '../../dev/null' },
    ];
    for (const header of headers) {
      const forged = await new SignJWT({}).setProtectedHeader(header).sign(second.privateKey);
      await expect(jwtVerify(forged, keys)).rejects.toThrow();
    }
  });
});
