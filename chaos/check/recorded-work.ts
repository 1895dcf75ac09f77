import type { LedgerEvent, Stamped } from '../history/events.ts';
import type { RecordedWork } from './dump.ts';
import type { History } from './history.ts';
import type { Invariant, Violation } from './invariant.ts';

/** What the handlers did as steps, and as effects that jobs share, against what is recorded of it. */
export const RECORDED_WORK: readonly Invariant[] = [
  { id: 'I12', title: 'what is recorded is not done again, and given to everybody', check: recordedOnce },
  { id: 'I13', title: 'a step follows only a step that is recorded', check: inOrder },
];

/** A clock of the handler's machine is compared with MySQL's, read a moment apart. */
const TOLERANCE_MS = 250;

function* recordedOnce(history: History): Iterable<Violation> {
  const recorded = new Map(history.work.map((work) => [keyOf(work.tenant, work.job, work.name), work]));
  for (const event of [...history.ledger.values()].flat()) {
    if (event.step === undefined) continue;
    const tenant = history.jobs.get(event.job)?.tenant ?? '';
    const work = recorded.get(keyOf(tenant, event.step.startsWith('once ') ? undefined : event.job, event.step));
    const says = work ? contradiction(history, event, work) : unrecorded(event);
    if (says !== undefined) yield { job: event.job, says };
  }
}

/** Somebody may be at it still who was taken for lost; nobody begins with it after it was recorded. */
function contradiction(
  { monotonicToStore }: History,
  { kind, step, fence, at, how }: Stamped<LedgerEvent>,
  work: RecordedWork,
): string | undefined {
  const late = at + monotonicToStore - work.recordedAt;
  if (kind === 'step-effect' && late > TOLERANCE_MS) {
    return `did '${step}' under fence ${fence}, ${Math.round(late)} ms after it was recorded`;
  }
  if (kind === 'step-result' && how !== work.result)
    return `was given ${how} for '${step}', and ${work.result} is recorded`;
  return undefined;
}

function unrecorded({ kind, step, fence }: LedgerEvent): string | undefined {
  return kind === 'step-result' ? `went on after '${step}' under fence ${fence}, which is not recorded` : undefined;
}

function* inOrder({ ledger }: History): Iterable<Violation> {
  for (const [job, events] of ledger) {
    for (const [fence, attempt] of Map.groupBy(events, (event) => event.fence)) {
      let done = true;
      for (const { kind, step } of attempt) {
        if (kind === 'step-effect' && !done)
          yield { job, says: `began '${step}' under fence ${fence} before it was told of the last` };
        if (kind === 'step-effect') done = false;
        if (kind === 'step-result') done = true;
      }
    }
  }
}

function keyOf(tenant: string, job: string | undefined, name: string): string {
  return `${tenant} ${job ?? ''} ${name}`;
}
