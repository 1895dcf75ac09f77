import { JOB_DEFAULTS } from '@holdfast/domain';
import { fromBytes } from '@holdfast/persistence';
import type { FinalJob } from './dump.ts';
import type { IndexKey } from './dump-index.ts';
import type { History } from './history.ts';
import type { Violation } from './invariant.ts';

interface Kind {
  /** What follows the name of the queue. */
  readonly name: RegExp;
  readonly type: string;
  /** due: jobs whose turn comes here; known: jobs; names: of other keys, or of what takes turns */
  readonly holds: 'due' | 'known' | 'names' | 'nothing';
}

const KINDS: readonly Kind[] = [
  { name: /^generation$/, type: 'string', holds: 'nothing' },
  { name: /^(delayed|taken)$/, type: 'zset', holds: 'known' },
  { name: /^ready(:lane:.*|:gate:.*)?$/s, type: 'zset', holds: 'due' },
  { name: /^ready:(ring|ring:.*|waits)$/s, type: 'zset', holds: 'names' },
  { name: /^ready:(rooms|last|told|aging)$/, type: 'hash', holds: 'names' },
  { name: /^ready:extras$/, type: 'set', holds: 'names' },
];

const ID_BYTES = 16;

/** What the index holds is a job, as what it is, and where its turn comes; and what must be looked at again, will be. */
export function* indexAgainstRows({ index, jobs }: History): Iterable<Violation> {
  const keys = new Map(index.map((each) => [each.key, each]));
  for (const each of index) {
    const kind = KINDS.find(({ name, type }) => name.test(partsOf(each.key).name) && type === each.type);
    if (!kind) yield { says: `${shown(each.key)} is a ${each.type}` };
    if (kind?.holds === 'due') yield* unattended(each, keys);
    if (kind?.holds !== 'due' && kind?.holds !== 'known') continue;
    for (const member of each.members) {
      const id = fromBytes(member.subarray(0, ID_BYTES));
      const says = strangeness(each.key, member, jobs.get(id), kind.holds === 'due');
      if (says !== undefined) yield { job: id, says: `in ${shown(each.key)}, and ${says}` };
    }
  }
}

function strangeness(key: string, member: Buffer, job: FinalJob | undefined, isDue: boolean): string | undefined {
  if (!job) return 'there is no such job';
  const lane = member.subarray(ID_BYTES).toString();
  if (lane !== laneOf(job)) return `as of '${shown(lane)}', which is '${shown(laneOf(job))}' by its row`;
  if (isDue && job.state !== 'pending') return job.state;
  return isDue && !placesOf(lane).includes(partsOf(key).name) ? 'that is not its place' : undefined;
}

/** As lua/lanes.lua has it: nothing for a job of the default tenant without keys. */
function laneOf({ tenant, fairnessKey, concurrencyKey }: FinalJob): string {
  if (tenant === JOB_DEFAULTS.tenant && fairnessKey === null && concurrencyKey === null) return '';
  return [tenant === JOB_DEFAULTS.tenant ? '' : tenant, fairnessKey ?? '', concurrencyKey ?? ''].join('\0');
}

function placesOf(lane: string): string[] {
  const [tenant = '', fairnessKey = '', concurrencyKey = ''] = lane.split('\0');
  const own = tenant === '' && fairnessKey === '' ? 'ready' : `ready:lane:${tenant}\0${fairnessKey}`;
  return concurrencyKey === '' ? [own] : [own, `ready:gate:${tenant}\0${concurrencyKey}`];
}

/** Where jobs stand that nobody would ever take from there, or forget with the rest. */
function* unattended({ key }: IndexKey, keys: ReadonlyMap<string, IndexKey>): Iterable<Violation> {
  const { queue, name } = partsOf(key);
  const [, place = '', of = ''] = name.match(/^ready:(lane|gate):(.*)$/s) ?? [];
  if (place === '') return;
  const has = (list: string, member: string): boolean =>
    keys.get(`${queue}${list}`)?.members.some((each) => each.toString() === member) ?? false;
  if (!has('ready:extras', key)) yield { says: `${shown(key)} is not among the extras` };
  if (place === 'gate' && !has('ready:waits', of)) yield { says: `${shown(key)} is not looked at again` };
  const [tenant = '', fairnessKey = ''] = of.split('\0');
  if (place === 'gate' || has('ready:waits', tenant)) return;
  const isInTurn = has('ready:ring', tenant) && (fairnessKey === '' || has(`ready:ring:${tenant}`, fairnessKey));
  if (!isInTurn) yield { says: `${shown(key)} has no turn` };
}

function partsOf(key: string): { queue: string; name: string } {
  const at = key.indexOf('}:') + 2;
  return { queue: key.slice(0, at), name: key.slice(at) };
}

function shown(text: string): string {
  return text.replaceAll('\0', '|');
}
