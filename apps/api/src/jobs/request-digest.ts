import { createHash } from 'node:crypto';

/** The same for requests that ask for the same: the order of keys and the white space of the JSON do not matter. */
export function digestOf(route: string, body: unknown): string {
  return createHash('sha256')
    .update(`${route} ${canonicalJson(body)}`)
    .digest('hex');
}

function canonicalJson(body: unknown): string {
  return JSON.stringify(body, (_, value: unknown) => (isPlainObject(value) ? withSortedKeys(value) : value));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withSortedKeys(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
