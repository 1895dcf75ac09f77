import { hasLane, JOB_DEFAULTS, type JobId, type Lane } from '@holdfast/domain';
import { laneParts } from './keys.ts';

const ID_BYTES = 16;

/** A member of the index is the id alone, in its 16 bytes; where jobs take turns its lane follows, see lua/lanes.lua. */
export function toMember(id: JobId, lane?: Lane): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  return lane && hasLane(lane) ? Buffer.concat([bytes, Buffer.from(laneParts(lane).join('\0'))]) : bytes;
}

/** A member that does not begin with 16 bytes was not put there by us; its id matches no job, and the claim drops it. */
export function fromMember(member: Buffer): JobId {
  const hex = member
    .subarray(0, ID_BYTES)
    .toString('hex')
    .padEnd(2 * ID_BYTES, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The lanes of those members that have one. */
export function lanesOf(members: readonly Buffer[]): Map<JobId, Lane> {
  const laned = members.filter(({ length }) => length > ID_BYTES);
  return new Map(laned.map((member) => [fromMember(member), toLane(member)]));
}

function toLane(member: Buffer): Lane {
  const [tenant = '', fairnessKey = '', concurrencyKey = ''] = member.subarray(ID_BYTES).toString().split('\0');
  return {
    tenant: tenant === '' ? JOB_DEFAULTS.tenant : tenant,
    ...(fairnessKey !== '' && { fairnessKey }),
    ...(concurrencyKey !== '' && { concurrencyKey }),
  };
}
