import type { Gap, Misfire, Overlap, Repeat } from '@holdfast/domain';
import { isWanted, type ForcedTick } from '../../libs/calendar/src/testing/brute-force.ts';

/** What a schedule says of ticks for which something is in the way. */
export interface Policies {
  readonly gap: Gap;
  readonly repeat: Repeat;
  readonly misfire: Misfire;
  readonly misfireLimit: number;
  readonly overlap: Overlap;
  readonly maxRuns?: number;
  readonly paused?: boolean;
}

const PAUSED = 'skipped: paused';
const MISSED = 'skipped: misfire';
const LEFT_OUT = 'skipped: gap';
const IN_THE_WAY = 'skipped: overlap';

export interface ExpectedTick {
  readonly at: number;
  /** One of these; which of them, depends on when somebody looked. */
  readonly outcomes: readonly string[];
}

/**
 * What shall have become of ticks of long ago, for which no scheduler was there, if none of the jobs that they make ever
 * runs: as docs/schedules.md has it, and not as the programs compute it.
 */
export function* expectedOf(forced: readonly ForcedTick[], policies: Policies): Generator<ExpectedTick> {
  const { gap, repeat, maxRuns = Infinity, paused = false, overlap } = policies;
  const runnable = forced.filter((tick) => isWanted(tick, gap, repeat)).length;
  const made = Math.min(runnable, { none: 0, last: 1, all: policies.misfireLimit }[policies.misfire]);
  let nth = made - runnable; // of those that are made up for; negative: before the first of them
  for (const tick of forced) {
    if (nth >= maxRuns) return;
    if (isWanted(tick, gap, repeat)) {
      yield { at: tick.at, outcomes: paused ? [PAUSED] : nth < 0 ? [MISSED] : whileNoneEnds(overlap, nth, made) };
      nth += 1;
    } else if (tick.kind === 'gap') yield { at: tick.at, outcomes: [LEFT_OUT] };
  }
}

/** What becomes of the nth tick while the job of the first has not ended, unless it is cancelled for it. */
function whileNoneEnds(overlap: Overlap, nth: number, count: number): string[] {
  if (overlap === 'allow' || nth === 0) return ['fired'];
  if (overlap === 'cancel') return nth === count - 1 ? ['fired'] : ['fired', IN_THE_WAY];
  return overlap === 'queue' && nth === 1 ? ['queued'] : [IN_THE_WAY];
}
