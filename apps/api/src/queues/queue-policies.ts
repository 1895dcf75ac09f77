import { DEFAULT_KEY_CONCURRENCY, type Limit, type QueuePolicy, type Rate } from '@holdfast/domain';
import type { Running } from '@holdfast/persistence';
import { SPANS_MS, type QueueChanges } from './queue-limits.schema.ts';
import type { LimitsView, QueueView } from './queue-view.ts';

type LimitChanges = Pick<NonNullable<QueueChanges['limits']>, 'concurrency' | 'rate'>;

/** A policy after a change: what is left out stays as it is, null removes. */
export function changedPolicy(policy: QueuePolicy, { limits, weights, priorityAging }: QueueChanges): QueuePolicy {
  const { all, perKey } = limits === null ? { all: {}, perKey: {} } : policy;
  const agingMs = priorityAging === undefined ? policy.agingMs : (priorityAging ?? undefined);
  return {
    all: limits ? changedLimit(all, limits) : all,
    perKey: limits?.perKey === null ? {} : changedLimit(perKey, limits?.perKey ?? {}),
    weights: weights === undefined ? policy.weights : (weights ?? {}),
    ...(agingMs !== undefined && { agingMs }),
  };
}

/** Fields that limit nothing are left out, so that equal policies are stored alike. */
function changedLimit(limit: Limit, { concurrency, rate }: LimitChanges): Limit {
  const changed = {
    concurrency: concurrency === undefined ? limit.concurrency : (concurrency ?? undefined),
    rate: rate === undefined ? limit.rate : ((rate && toRate(rate)) ?? undefined),
  };
  return {
    ...(changed.concurrency !== undefined && { concurrency: changed.concurrency }),
    ...(changed.rate !== undefined && { rate: changed.rate }),
  };
}

function toRate({ limit, per, burst }: NonNullable<LimitChanges['rate']>): Rate {
  return { limit, perMs: SPANS_MS[per], burst };
}

/** Weights and aging hold nothing back. */
export function hasLimits({ all, perKey }: QueuePolicy): boolean {
  return Object.keys({ ...all, ...perKey }).length > 0;
}

export function viewOfLimits({ all, perKey }: QueuePolicy): LimitsView {
  return {
    concurrency: all.concurrency ?? null,
    rate: viewOfRate(all.rate),
    perKey: { concurrency: perKey.concurrency ?? DEFAULT_KEY_CONCURRENCY, rate: viewOfRate(perKey.rate) },
  };
}

export function viewOfHeld({ all, perKey }: QueuePolicy, running: Running): QueueView['held'] {
  const ofKey = perKey.concurrency ?? DEFAULT_KEY_CONCURRENCY;
  return {
    running: running.all,
    isFull: running.all >= (all.concurrency ?? Infinity),
    fullKeys: [...running.byKey.values()].filter((n) => n >= ofKey).length,
  };
}

function viewOfRate(rate: Rate | undefined): LimitsView['rate'] {
  if (!rate) return null;
  const per = (['second', 'minute', 'hour'] as const).find((span) => SPANS_MS[span] === rate.perMs) ?? 'second';
  return { limit: rate.limit, per, burst: rate.burst };
}
