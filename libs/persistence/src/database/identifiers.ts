import { createHash } from 'node:crypto';
import type { Gate } from '@holdfast/domain';

/** A UUID as the 16 bytes that MySQL stores. */
export function toBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

export function fromBytes(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
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
