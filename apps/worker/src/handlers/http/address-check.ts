import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What HTTP_ALLOW_PRIVATE opens. Link-local stays shut: nothing but metadata services lives there. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set(['private', 'loopback', 'carrierGradeNat', 'uniqueLocal']);

/** Metadata services of clouds (Azure, Alibaba, AWS, Google) at addresses that no range gives away. */
const METADATA_SERVICES: ReadonlySet<string> = new Set([
  '168.63.129.16',
  '100.100.100.200',
  'fd00:ec2::254',
  'fd20:ce::254',
]);

const IPV6_IN_USE = ipaddr.IPv6.parseCIDR('2000::/3');
const IPV4_INSIDE = [ipaddr.IPv6.parseCIDR('::ffff:0:0/96'), ipaddr.IPv6.parseCIDR('64:ff9b::/96')];

/** @returns what kind of address it is that no job may talk to; undefined if one may */
export function refusalOf(address: string, allowPrivate: boolean): string | undefined {
  if (!ipaddr.isValid(address)) return 'invalid';
  const target = destinationOf(ipaddr.parse(address));
  if (METADATA_SERVICES.has(target.toString())) return 'metadata';
  const range = rangeOf(target);
  if (range === 'unicast' || (allowPrivate && PRIVATE_RANGES.has(range))) return undefined;
  return range;
}

/** Mapped and NAT64 addresses reach the IPv4 address inside; networks with IPv6 alone have no other way to it. */
function destinationOf(address: Address): Address {
  if (!isIPv6(address) || !IPV4_INSIDE.some((block) => address.match(block))) return address;
  return ipaddr.fromByteArray(address.toByteArray().slice(12));
}

/** ipaddr.js calls unicast what it does not know. In IPv6 most of that is unassigned or long deprecated. */
function rangeOf(address: Address): string {
  const range = address.range();
  if (range !== 'unicast' || !isIPv6(address)) return range;
  return address.match(IPV6_IN_USE) ? range : 'reserved';
}

function isIPv6(address: Address): address is ipaddr.IPv6 {
  return address.kind() === 'ipv6';
}
