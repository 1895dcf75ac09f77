import { randomUUID } from 'node:crypto';
import type { EffectPayload } from '../worker/handlers.ts';
import type { Random } from '../random.ts';
import type { Submitted } from './known-jobs.ts';

export const TENANTS = ['default', 'acme'] as const;
/** Of each tenant's jobs in this queue only so many run at once, and start in a second. */
export const LIMITED = { queue: 'limited', concurrency: 3, rate: { limit: 5, per: 'second', burst: 5 } } as const;
export const QUEUES = ['default', 'mail', 'reports', LIMITED.queue] as const;

/** Few enough to be wanted by several jobs at once, and by later ones. */
const SHARED_EFFECTS = 200;

/** Left for the end on purpose: due long after the run, so that they must still be there, and indexed. */
export const FAR_AHEAD = '40m';

/** Of no worker: of a version to come, or of one that is gone. */
export const UNHEARD_OF = 'chaos.unheard-of';

/** A job such as callers submit, with an id that the driver chose, so that a lost answer can be asked for again. */
export function randomJob(random: Random): Submitted {
  const id = randomUUID();
  const body = {
    id,
    type: random.chance(0.02) ? UNHEARD_OF : 'chaos.effect',
    queue: randomQueue(random),
    payload: { ...payloadOf(random), ...recordedBy(random) },
    priority: random.chance(0.3) ? random.between(0, 1000) : 0,
    timeout: '60s',
    maxAttempts: 4,
    backoff: { strategy: 'fixed', delay: '300ms' },
    ...timesOf(random),
    ...laneOf(random),
    ...(random.chance(0.1) ? { fairnessKey: `share-${random.between(1, 3)}` } : {}),
  };
  return { id, tenant: random.pick(TENANTS) ?? 'default', body };
}

/** The limited one gets no more than it can do. */
export function randomQueue(random: Random): (typeof QUEUES)[number] {
  return random.weighted({ default: 3, mail: 3, reports: 3, limited: 2 });
}

/** The same without an id: what stands for it is the key. */
export function randomKeyedJob(random: Random): Submitted {
  const { id, tenant, body } = randomJob(random);
  const key = `key-${id}`;
  return {
    id: '',
    key,
    tenant,
    body: { ...body, id: undefined, concurrencyKey: undefined, ordered: undefined, tags: [key] },
  };
}

/** Few enough to be wanted by several jobs at once. */
const UNIQUE_KEYS = 8;

/** Work that is not to be done twice at a time. */
export function randomUniqueJob(random: Random): Submitted & { readonly unique: string } {
  const { id, tenant, body } = randomJob(random);
  const unique = `unique ${random.between(1, UNIQUE_KEYS)}`;
  const onConflict = random.weighted({ existing: 5, replace: 2, refuse: 2 });
  // Not ordered: one that is replaced may then be due at another time, which holds up its lane.
  return {
    id,
    tenant,
    unique,
    body: { ...body, type: 'chaos.effect', ordered: undefined, uniqueKey: unique, onConflict },
  };
}

const LANES = 4;

/** An ordered job of another time or of an unknown type would hold up its lane for the whole run. */
function laneOf(random: Random): object {
  if (!random.chance(0.15)) return {};
  const concurrencyKey = `lane-${random.between(1, LANES)}`;
  if (random.chance(0.6)) return { concurrencyKey };
  return { concurrencyKey, ordered: true, type: 'chaos.effect', delay: undefined };
}

function payloadOf(random: Random): EffectPayload {
  const takes = random.chance(0.1) ? random.between(1_000, 6_000) : random.between(0, 300);
  switch (random.weighted({ plain: 80, flaky: 12, doomed: 3, blocking: 4, crashing: 0.4 })) {
    case 'flaky':
      return { takes, failures: random.between(1, 3) };
    case 'doomed':
      return { takes, failures: 100 };
    case 'blocking':
      return { takes, blocks: random.between(200, 1_500) };
    case 'crashing':
      return { takes, crashes: 1 };
    case 'plain':
      return { takes };
  }
}

function recordedBy(random: Random): EffectPayload {
  return {
    ...(random.chance(0.15) ? { steps: random.between(1, 3) } : {}),
    ...(random.chance(0.15) ? { shares: `effect ${random.between(1, SHARED_EFFECTS)}` } : {}),
  };
}

function timesOf(random: Random): object {
  if (random.chance(0.02)) return { delay: FAR_AHEAD };
  if (random.chance(0.2)) return { delay: `${random.between(100, 6_000)}ms` };
  if (random.chance(0.05)) return { deadline: new Date(Date.now() + random.between(2_000, 20_000)).toISOString() };
  return {};
}
