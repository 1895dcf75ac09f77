import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { DoNotRetryError } from '../../handling/job-context.ts';
import { refusalOf } from './address-check.ts';
import type { HostResolver } from './host-resolver.ts';

export interface AddressPolicy {
  readonly resolver: HostResolver;
  readonly allowPrivate: boolean;
}

/** Thrown before a connection is made. Names the kind of address and not the address: a tenant need not learn it. */
export class BlockedAddressError extends DoNotRetryError {
  override readonly name = 'BlockedAddress';

  constructor(hostname: string, kind: string) {
    super(`${hostname} is at an address that jobs may not talk to (${kind})`);
  }
}

/**
 * The addresses to connect to, in the resolver's order. A single bad one among them blocks the host: whoever answers
 * for its name cannot be trusted with the others.
 *
 * @param hostname as in URL.hostname, an IPv6 literal in brackets
 * @throws BlockedAddressError
 */
export async function checkedAddresses(hostname: string, policy: AddressPolicy): Promise<LookupAddress[]> {
  const literal = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(literal) === 0 ? await policy.resolver.resolve(hostname) : [literal];
  if (addresses.length === 0) throw new Error(`${hostname} has no address`);
  for (const address of addresses) {
    const kind = refusalOf(address, policy.allowPrivate);
    if (kind !== undefined) throw new BlockedAddressError(hostname, kind);
  }
  return addresses.map((address) => ({ address, family: isIP(address) }));
}
