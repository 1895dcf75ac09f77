import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { SslOptions } from 'mysql2';

/** What a DATABASE_URL asks for beyond what the client itself reads. */
export interface ServerUrl {
  /** For the client. */
  readonly uri: string;
  readonly ssl: SslOptions | undefined;
  /** Read anew for every connection: undefined if the URL itself says who logs in. */
  readonly login: (() => Login) | undefined;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/**
 * `?tls=true` asks for TLS, `?ca=FILE` for TLS with that certificate authority; the certificate must be the host's.
 * `?passwordFile=FILE` names a file that holds the password, or a whole URL with user and password.
 */
export function readServerUrl(text: string): ServerUrl {
  const url = new URL(text);
  const { searchParams: query } = url;
  const [ca, file, tls] = [query.get('ca'), query.get('passwordFile'), query.get('tls') === 'true'];
  for (const name of ['ca', 'passwordFile', 'tls']) query.delete(name);
  const user = decodeURIComponent(url.username);
  return {
    uri: url.href,
    ssl: tls || ca !== null ? sslTo(url.hostname, ca) : undefined,
    login: file === null ? undefined : () => readLogin(file, user),
  };
}

/** mysql2 compares names only: with an address it would take a certificate of somebody else. */
function sslTo(host: string, ca: string | null): SslOptions {
  if (isIP(host.replace(/^\[(.*)\]$/, '$1')) > 0) {
    throw new Error(`DATABASE_URL: TLS needs the name of a host, not the address ${host}.`);
  }
  return { verifyIdentity: true, ...(ca === null ? {} : { ca: readFileSync(ca, 'utf8') }) };
}

function readLogin(file: string, user: string): Login {
  const text = readFileSync(file, 'utf8').trim();
  if (!URL.canParse(text)) return { user, password: text };
  const url = new URL(text);
  return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}
