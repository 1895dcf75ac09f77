import type { JobId } from '@holdfast/domain';

/** A member of the index is the id alone, in its 16 bytes. */
export function toMember(id: JobId): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

/** A member that is not 16 bytes was not put there by us; its id matches no job, and the claim drops it. */
export function fromMember(member: Buffer): JobId {
  const hex = member.subarray(0, 16).toString('hex').padEnd(32, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
