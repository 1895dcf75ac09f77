import { LIMITED, UNHEARD_OF } from '../driver/workload.ts';
import type { OperationName } from '../history/events.ts';
import type { History } from './history.ts';
import type { Invariant, Violation } from './invariant.ts';
import { mostAtOnce } from './queue-limits.ts';

const OPERATIONS: readonly OperationName[] = [
  'submit',
  'submit-with-key',
  'submit-unique',
  'submit-dependent',
  'workflow',
  'batch',
  'insert-by-sql',
  'cancel',
  'pause',
  'resume',
  'limit',
  'retry',
  'schedule',
  'read',
  'read-of-another-tenant',
];

const RECORDED = {
  step: (name: string): boolean => name.startsWith('step '),
  'shared effect': (name: string): boolean => name.startsWith('once '),
};

/** A run in which nothing happened proves nothing. */
export const VACUITY: readonly Invariant[] = [{ id: 'I26', title: 'the run means something', check: vacuous }];

function* vacuous(history: History): Iterable<Violation> {
  const { driver, nemesis, jobs, transitions, ledger, occurrences, observations } = history;
  for (const operation of OPERATIONS) {
    if (!driver.some((event) => event.operation === operation && event.phase === 'ok')) {
      yield { says: `not one ${operation} succeeded` };
    }
  }
  const ended = nemesis.filter(({ phase }) => phase === 'end');
  for (const fault of new Set(ended.map((event) => event.fault))) {
    const times = ended.filter((event) => event.fault === fault);
    if (!times.some(({ proof }) => proof !== undefined)) {
      yield { says: `${fault} left no proof that it took effect (${times.at(-1)?.error ?? 'no error'})` };
    }
  }
  if (observations.faults.length > 0 && ended.length === 0) yield { says: 'no fault happened' };
  const events = [...transitions.values()].flat();
  const claimants = new Set(events.flatMap(({ event, actor }) => (event === 'claim' ? [actor] : [])));
  if (claimants.size < 2) yield { says: 'fewer than two workers claimed anything' };
  if (!events.some(({ event }) => event === 'release')) yield { says: 'not one blocked job was let go' };
  const results = [...ledger.values()].flat().filter(({ kind }) => kind === 'step-result');
  for (const [what, isOne] of Object.entries(RECORDED)) {
    if (!results.some(({ step = '' }) => isOne(step))) yield { says: `not one ${what} was recorded` };
  }
  if (![...jobs.values()].some(({ type }) => type === UNHEARD_OF)) yield { says: 'not one job of an unknown type' };
  if (!occurrences.some(({ outcome }) => outcome === 'fired')) yield { says: 'not one tick fired' };
  if (mostAtOnce(history) < LIMITED.concurrency) yield { says: 'the limited queue was never full' };
  if (ledger.size === 0) yield { says: 'no handler wrote anything down' };
}
