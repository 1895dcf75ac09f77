import { UNHEARD_OF } from '../driver/workload.ts';
import type { LedgerEvent, Stamped } from '../history/events.ts';
import type { Transition } from './dump.ts';
import { NOTICED_WITHIN_MS, pidOf, sufferedAFault } from './explanations.ts';
import type { History } from './history.ts';
import type { Invariant, Violation } from './invariant.ts';

/** What the handlers wrote down, against what the journal says that they may have done. */
export const EXECUTIONS: readonly Invariant[] = [
  { id: 'I11', title: 'nothing is started under a lease that is over', check: lateStarts },
  { id: 'I14', title: 'every execution is explained', check: unexplained },
  { id: 'I16', title: 'no handler starts before its job is due', check: earlyStarts },
  { id: 'I19', title: 'what was cancelled does not start', check: cancelled },
];

/** How long after the end of its lease a start may still be written, for clocks read one after the other. */
const TOLERANCE_MS = 250;

function* unexplained(history: History): Iterable<Violation> {
  for (const job of history.jobs.values()) {
    const life = history.transitions.get(job.id) ?? [];
    const ledger = history.ledger.get(job.id) ?? [];
    const claims = life.filter(({ event }) => event === 'claim');
    const starts = ledger.filter(({ kind }) => kind === 'start');
    if (job.type === UNHEARD_OF && claims.length > 0)
      yield { job: job.id, says: 'claimed, and no worker knows its type' };
    for (const [fence, n] of countBy(starts, (start) => start.fence)) {
      if (n > 1) yield { job: job.id, says: `started ${n} times under fence ${fence}` };
      if (!claims.some((claim) => claim.fence === fence))
        yield { job: job.id, says: `started under fence ${fence}, which nobody claimed` };
    }
    if (job.state === 'succeeded' && !starts.some(({ fence }) => fence === job.fence)) {
      yield { job: job.id, says: `succeeded under fence ${job.fence}, and no handler started under it` };
    }
    for (const crash of life.filter(({ event }) => event === 'crash' || event === 'exhaust-crashes')) {
      const claim = claims.find(({ fence }) => fence === crash.fence);
      if (claim && !isExplained(history, claim, crash)) {
        yield { job: job.id, says: `taken from ${claim.actor} (fence ${claim.fence}), to whom no fault happened` };
      }
    }
  }
}

/** By a fault that the worker suffered, or by a job that crashed it, or a process that it had jobs run in apart. */
function isExplained(history: History, claim: Transition, crash: Transition): boolean {
  if (sufferedAFault(history, claim, crash.at)) return true;
  const events = [...history.ledger.values()].flat().filter(({ worker }) => worker === pidOf(claim));
  return [...new Set(events.map(({ pid }) => pid))].some((pid) => diedOfAJob(history, pid));
}

const BEFORE_THE_EFFECT: readonly LedgerEvent['kind'][] = ['start', 'step-effect', 'step-result'];

function diedOfAJob({ ledger }: History, pid: number): boolean {
  return [...ledger.values()].some((events) => {
    const last = events.findLast((event) => event.pid === pid);
    return (
      last !== undefined && BEFORE_THE_EFFECT.includes(last.kind) && events.some(({ fence }) => fence > last.fence)
    );
  });
}

function* lateStarts(history: History): Iterable<Violation> {
  for (const [id, events] of history.ledger) {
    const life = history.transitions.get(id) ?? [];
    for (const start of events.filter(({ kind }) => kind === 'start')) {
      const end = life.find(
        ({ fence, event }) => fence === start.fence && event !== 'claim' && event !== 'submit' && event !== 'retry',
      );
      const late = end ? start.at + history.monotonicToStore - end.at : 0;
      if (late > TOLERANCE_MS && !wasHeldUp(history, start)) {
        yield { job: id, says: `started under fence ${start.fence}, ${Math.round(late)} ms after that was over` };
      }
    }
  }
}

/** A process that was frozen, or whose answers were on their way for long, could not know. */
function wasHeldUp({ nemesis }: History, start: Stamped<LedgerEvent>): boolean {
  return nemesis.some(
    ({ targets, at }) =>
      at <= start.at &&
      at >= start.at - NOTICED_WITHIN_MS &&
      targets.some((target) => target === '*' || target === start.worker),
  );
}

function* earlyStarts(history: History): Iterable<Violation> {
  for (const [id, events] of history.ledger) {
    const claims = (history.transitions.get(id) ?? []).filter(({ event }) => event === 'claim');
    for (const start of events.filter(({ kind }) => kind === 'start')) {
      const claim = claims.find(({ fence }) => fence === start.fence);
      const early = claim ? claim.runAt - (start.at + history.monotonicToStore) : 0;
      // Two clocks are compared, read a moment apart.
      if (early > 5) yield { job: id, says: `started ${early.toFixed(1)} ms early` };
    }
  }
}

/** Once an answer said `cancelled`, only a retry makes it run again. */
function* cancelled(history: History): Iterable<Violation> {
  for (const { operation, phase, detail, jobs, at } of history.driver) {
    if (operation !== 'cancel' || phase !== 'ok' || detail !== 'cancelled') continue;
    const [id = ''] = jobs;
    const life = history.transitions.get(id) ?? [];
    const cancel = life.find(({ event }) => event === 'cancel');
    if (!cancel) yield { job: id, says: 'answered as cancelled, and never was' };
    const told = at + history.monotonicToStore;
    const retried = life.some(({ event, number }) => event === 'retry' && number > (cancel?.number ?? 0));
    const started = life.some((each) => each.event === 'claim' && each.at > told);
    if (started && !retried) yield { job: id, says: 'claimed after it was answered as cancelled' };
  }
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
