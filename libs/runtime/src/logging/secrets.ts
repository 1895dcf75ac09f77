/** Names under which secrets travel; compared without case, dashes and underscores. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'accesskey',
  'accesstoken',
  'apikey',
  'authorization',
  'cardnumber',
  'clientsecret',
  'cookie',
  'credential',
  'credentials',
  'cvc',
  'cvv',
  'idtoken',
  'passphrase',
  'passwd',
  'password',
  'privatekey',
  'proxyauthorization',
  'pwd',
  'refreshtoken',
  'secret',
  'sessionid',
  'setcookie',
  'token',
  'xapikey',
]);

const MASK = '[masked]';
/** Shorter values are words that stand in texts for other reasons. */
const SHORTEST = 4;

export function isSecretName(name: string): boolean {
  return SECRET_NAMES.has(name.replaceAll(/[-_\s]/g, '').toLowerCase());
}

/** The values that bear a secret's name, wherever in a value they stand. */
export function secretsIn(value: unknown, seen = new Set<unknown>()): string[] {
  if (!isData(value) || seen.has(value)) return [];
  seen.add(value);
  return Object.entries(value).flatMap(([name, inner]) =>
    !Array.isArray(value) && isSecretName(name) && typeof inner !== 'object' ? [String(inner)] : secretsIn(inner, seen),
  );
}

/** The text without the secrets. */
export function masked(text: string, secrets: readonly string[]): string {
  const long = secrets.filter(({ length }) => length >= SHORTEST).sort((a, b) => b.length - a.length);
  return long.reduce((clean, secret) => clean.replaceAll(secret, MASK), text);
}

/** What is logged, with a mask over each value that bears a secret's name; the value itself if there is none. */
export function withoutSecrets(value: unknown, above: readonly unknown[] = []): unknown {
  if (above.includes(value)) return '[circular]';
  if (!isData(value) || secretsIn(value).length === 0) return value;
  const inside = (inner: unknown): unknown => withoutSecrets(inner, [...above, value]);
  if (Array.isArray(value)) return value.map(inside);
  const shown = value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : {};
  const entries = Object.entries({ ...shown, ...value });
  return Object.fromEntries(entries.map(([name, inner]) => [name, isSecretName(name) ? MASK : inside(inner)]));
}

/** Sockets, requests and the like lead everywhere, and are not logged whole. */
function isData(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || value instanceof Error || Object.getPrototypeOf(value) === Object.prototype;
}
