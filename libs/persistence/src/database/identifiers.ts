import { createHash } from 'node:crypto';
import type { Gate } from '@holdfast/domain';

/** A UUID as the 16 bytes that MySQL stores. */
export function toBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

const DIGITS = Buffer.from('0123456789abcdef');
/** Where the two digits of each byte stand between the dashes. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const text = Buffer.alloc(36, '-');

/** Every row that is read has one to three of them: pieces of text put together would cost twice as much. */
export function fromBytes(bytes: Buffer): string {
  let n = 0;
  for (const place of PLACES) {
    const byte = bytes[n++] ?? 0;
    text[place] = DIGITS[byte >> 4] ?? 0;
    text[place + 1] = DIGITS[byte & 15] ?? 0;
  }
  return text.toString('latin1');
}

/** In id order, so that no two transactions lock the same rows in opposite order. */
export function inIdOrder(ids: readonly string[]): Buffer[] {
  return [...ids].sort().map(toBytes);
}

/** What a tenant calls by a key, in the 32 bytes that MySQL compares. A tenant's name has no space. */
export function digestOf(tenant: string, key: string): Buffer {
  return createHash('sha256').update(`${tenant} ${key}`).digest();
}

/** Where a limit of a queue is kept. Names have no space. */
export function gateId(queue: string, { tenant, concurrencyKey }: Gate): Buffer {
  return digestOf(tenant, concurrencyKey === undefined ? queue : `${queue} ${concurrencyKey}`);
}

/**
 * What a claim locks to be alone at the gate of a key: the keys of a queue share 256 locks, so that a claim of hundreds of them
 * locks rows that are there instead of making one for each key that comes along. Which it is, FNV-1a says: any hash would do.
 *
 * @param ofTenant the id of the gate of the tenant there
 */
export function keyLockId(ofTenant: Buffer, key: string): Buffer {
  let hash = 0x811c9dc5;
  for (let n = 0; n < key.length; n++) hash = Math.imul(hash ^ key.charCodeAt(n), 0x01000193);
  const id = Buffer.from(ofTenant);
  id[0] = hash & 0xff;
  return id;
}
