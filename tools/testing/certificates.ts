import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from '../servers/binaries.ts';

export interface Certificates {
  /** Files in PEM form. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Whether certificates can be made on this machine. */
export const openssl = findProgram('openssl');

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** A certificate authority, and a certificate of it for a host, in a folder. */
export function makeCertificates(directory: string, host: string): Certificates {
  const file = (name: string): string => path.join(directory, name);
  const run = (...args: string[]): void => void execFileSync(openssl ?? 'openssl', args, { stdio: 'pipe' });
  const [ca, caKey, certificate, key] = [file('ca.pem'), file('ca.key'), file('server.pem'), file('server.key')];
  run('req', '-x509', ...KEY, '-subj', '/CN=trial authority', '-keyout', caKey, '-out', ca);
  run('req', ...KEY.slice(0, 5), '-subj', `/CN=${host}`, '-keyout', key, '-out', file('request.pem'));
  writeFileSync(file('names'), `subjectAltName=${/^[\d.]+$/.test(host) ? 'IP' : 'DNS'}:${host}`);
  const signed = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-days', '2', '-extfile', file('names')];
  run('x509', '-req', '-in', file('request.pem'), ...signed, '-out', certificate);
  return { ca, certificate, key };
}
