import type { History } from './history.ts';

interface Line {
  readonly at: number;
  readonly text: string;
}

const MARGIN_MS = 2_000;

/** What the four logs say of one job, in the order of MySQL's clock, with the faults that happened meanwhile. */
export function sliceOf(history: History, job: string): string[] {
  const lines = [...ofDriver(history, job), ...ofLedger(history, job), ...ofJournal(history, job)];
  const from = Math.min(...lines.map(({ at }) => at)) - MARGIN_MS;
  const until = Math.max(...lines.map(({ at }) => at)) + MARGIN_MS;
  const meanwhile = ofNemesis(history).filter(({ at }) => at >= from && at <= until);
  const final = history.jobs.get(job);
  return [
    ...[...lines, ...meanwhile]
      .sort((a, b) => a.at - b.at)
      .map(({ at, text }) => `${new Date(at).toISOString().slice(11, -1)} ${text}`),
    `in the end   ${final ? JSON.stringify(final) : 'no row'}`,
  ];
}

function ofDriver({ driver, monotonicToStore }: History, job: string): Line[] {
  return driver
    .filter(({ jobs }) => jobs.includes(job))
    .map(({ at, operation, phase, call, status, detail }) => ({
      at: at + monotonicToStore,
      text: `caller       ${operation} ${call} ${phase} ${status ?? ''} ${detail ?? ''}`.trimEnd(),
    }));
}

function ofLedger({ ledger, monotonicToStore }: History, job: string): Line[] {
  return (ledger.get(job) ?? []).map(({ at, kind, step, worker, pid, attempt, fence, how }) => ({
    at: at + monotonicToStore,
    text: `handler      ${kind} ${step === undefined ? '' : `'${step}' `}in ${pid}${pid === worker ? '' : ` of ${worker}`}, attempt ${attempt}, fence ${fence} ${how ?? ''}`.trimEnd(),
  }));
}

function ofJournal({ transitions }: History, job: string): Line[] {
  return (transitions.get(job) ?? []).map(
    ({ at, number, event, from, to, attempt, crashes, fence, generation, actor }) => ({
      at,
      text: `journal      ${number} ${event}: ${from ?? '-'} to ${to}, attempt ${attempt}, crashes ${crashes}, fence ${fence}, generation ${generation}, by ${actor}`,
    }),
  );
}

function ofNemesis({ nemesis, monotonicToStore }: History): Line[] {
  return nemesis.map(({ at, fault, phase, targets, proof }) => ({
    at: at + monotonicToStore,
    text: `fault        ${fault} ${phase}, of ${targets.join(' ')} ${proof ?? ''}`.trimEnd(),
  }));
}
