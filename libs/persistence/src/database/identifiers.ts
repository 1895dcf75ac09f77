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
