import { FINISHED_STATES, type JobState } from '@holdfast/domain';
import type { DriverEvent } from '../history/events.ts';
import type { History } from './history.ts';
import type { Invariant, Violation } from './invariant.ts';

const SUBMITTING: readonly DriverEvent['operation'][] = [
  'submit',
  'submit-with-key',
  'submit-unique',
  'submit-dependent',
  'workflow',
  'batch',
  'flood',
  'submit-again',
  'insert-by-sql',
  'trigger-schedule',
];

/** Every job that a caller was promised is there, and no other. */
export const ACCEPTED_JOBS: readonly Invariant[] = [
  { id: 'I1', title: 'no accepted job is lost', check: lost },
  { id: 'I2', title: 'there is no job that nobody submitted', check: phantoms },
  { id: 'I3', title: 'a key stands for one job', check: keys },
  { id: 'I4', title: 'a batch is there whole or not at all', check: halves },
  { id: 'I24', title: 'tenants are kept apart', check: strangers },
];

function* lost(history: History): Iterable<Violation> {
  for (const { jobs } of submissions(history, 'ok')) {
    for (const id of jobs) {
      const job = history.jobs.get(id);
      if (!job) yield { job: id, says: 'accepted, and not there' };
      else if (!isFinished(job.state) && !job.waits) yield { job: id, says: `accepted, and ${job.state} in the end` };
    }
  }
}

function* phantoms(history: History): Iterable<Violation> {
  const asked = submissions(history, 'invoke');
  const invoked = new Set(asked.flatMap(({ jobs }) => jobs));
  const keyed = new Set(asked.map(({ key }) => key));
  for (const { id, key } of history.jobs.values()) if (key !== undefined && keyed.has(key)) invoked.add(id);
  for (const { job } of history.scheduled) invoked.add(job); // whose schedule was asked for, I15 says
  for (const id of [...history.jobs.keys(), ...history.ledger.keys(), ...history.transitions.keys()]) {
    if (!invoked.has(id)) yield { job: id, says: 'there, and nobody submitted it' };
  }
  const possible = new Set(
    [...submissions(history, 'ok'), ...submissions(history, 'info')].flatMap(({ jobs }) => jobs),
  );
  for (const { jobs, status } of submissions(history, 'fail')) {
    for (const id of jobs) {
      if (history.jobs.has(id) && !possible.has(id))
        yield { job: id, says: `refused with ${status ?? 'no answer'}, and there` };
    }
  }
}

function* keys(history: History): Iterable<Violation> {
  const jobs = new Map<string, Set<string>>();
  const note = (key: string | undefined, id: string): void => {
    if (key !== undefined) jobs.set(key, (jobs.get(key) ?? new Set()).add(id));
  };
  for (const { id, key } of history.jobs.values()) note(key, id);
  for (const { key, jobs: answered } of submissions(history, 'ok')) for (const id of answered) note(key, id);
  for (const [key, ids] of jobs) {
    if (ids.size > 1) yield { job: [...ids][0] ?? '', says: `${key} stands for ${[...ids].join(' and ')}` };
  }
}

function* halves(history: History): Iterable<Violation> {
  for (const { jobs, operation } of submissions(history, 'invoke')) {
    if (!['batch', 'flood', 'workflow'].includes(operation)) continue;
    const present = jobs.filter((id) => history.jobs.has(id)).length;
    if (present > 0 && present < jobs.length) {
      yield { job: jobs[0] ?? '', says: `${present} of the ${jobs.length} jobs of its batch are there` };
    }
  }
}

function* strangers(history: History): Iterable<Violation> {
  const asked = submissions(history, 'invoke');
  const owner = new Map(asked.flatMap(({ jobs, key, tenant }) => [...jobs, key ?? ''].map((name) => [name, tenant])));
  for (const { job, schedule } of history.scheduled) {
    owner.set(job, history.schedules.find(({ id }) => id === schedule)?.tenant ?? 'nobody');
  }
  for (const { id, key, tenant } of history.jobs.values()) {
    const of = owner.get(key ?? id) ?? 'nobody';
    if (of !== tenant) yield { job: id, says: `of ${of}, and kept as ${tenant}'s` };
    for (const transition of history.transitions.get(id) ?? []) {
      if (transition.tenant !== tenant) yield { job: id, says: `of ${tenant}, and moved as ${transition.tenant}'s` };
    }
  }
  for (const { operation, phase, jobs, status } of history.driver) {
    if (operation === 'read-of-another-tenant' && phase === 'fail' && status !== undefined) {
      yield { job: jobs[0] ?? '', says: `another tenant was answered ${status} and not 404` };
    }
    if (operation === 'read-of-another-tenant' && phase === 'ok' && status !== 404) {
      yield { job: jobs[0] ?? '', says: 'another tenant could read it' };
    }
  }
}

function submissions({ driver }: History, phase: DriverEvent['phase']): readonly DriverEvent[] {
  return driver.filter((event) => event.phase === phase && SUBMITTING.includes(event.operation));
}

function isFinished(state: JobState): boolean {
  return (FINISHED_STATES as readonly JobState[]).includes(state);
}
