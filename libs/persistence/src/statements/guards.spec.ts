import { describe, expect, it } from '@jest/globals';
import { JOB_TRANSITIONS, statesThatAllow, type JobEvent } from '@holdfast/domain';
import { CLAIM } from './claim.ts';
import { CANCEL_DEPENDANTS, RELEASE, RETRY } from './dependency.ts';
import { CANCEL_WAITING, CHANGE, REQUEST_CANCEL, RUN_NOW } from './operate.ts';
import { LOCK_PRUNED } from './prune.ts';
import { REAP } from './reap.ts';
import { SETTLE, SUCCEED, SUCCEED_WITH_RESULTS } from './settle.ts';
import { EXPIRE } from './walk.ts';

/** Which event each statement carries out. */
const CARRIES_OUT: [string, string, JobEvent][] = [
  ['CLAIM', CLAIM, 'claim'],
  ['SETTLE.succeeded', SETTLE.succeeded, 'succeed'],
  ['SUCCEED', SUCCEED, 'succeed'],
  ['SUCCEED_WITH_RESULTS', SUCCEED_WITH_RESULTS, 'succeed'],
  ['SETTLE.retried', SETTLE.retried, 'fail'],
  ['SETTLE.dead', SETTLE.dead, 'exhaust'],
  ['SETTLE.cancelled', SETTLE.cancelled, 'cancel'],
  ['SETTLE.handed-back', SETTLE['handed-back'], 'hand-back'],
  ['SETTLE.snoozed', SETTLE.snoozed, 'hand-back'],
  ['SETTLE.crashed', SETTLE.crashed, 'crash'],
  ['SETTLE.crashed-out', SETTLE['crashed-out'], 'exhaust-crashes'],
  ['REAP.pending', REAP.pending, 'crash'],
  ['REAP.dead', REAP.dead, 'exhaust-crashes'],
  ['REAP.cancelled', REAP.cancelled, 'cancel'],
  ['EXPIRE', EXPIRE, 'expire'],
  ['CHANGE', CHANGE, 'change'],
  ['RUN_NOW', RUN_NOW, 'change'],
  ['RELEASE', RELEASE, 'release'],
  ['CANCEL_DEPENDANTS', CANCEL_DEPENDANTS, 'cancel'],
];

/** Their guards get the states from the table itself, by statesThatAllow. */
const GUARDED_BY_VALUE: [string, string, JobEvent][] = [
  ['CANCEL_WAITING', CANCEL_WAITING, 'cancel'],
  ['RETRY.pending', RETRY.pending, 'retry'],
  ['RETRY.blocked', RETRY.blocked, 'retry'],
];

function targetOf(statement: string): string | undefined {
  return /SET (?:\w+\.)?state = '(\w+)'/.exec(statement)?.[1];
}

function guardedStates(statement: string): string[] {
  const where = statement.slice(statement.lastIndexOf('WHERE'));
  const one = /\bstate = '(\w+)'/.exec(where)?.[1];
  const many = /\bstate IN \(([^?)]+)\)/.exec(where)?.[1];
  return one === undefined ? [...(many ?? '').matchAll(/'(\w+)'/g)].map(([, state]) => state ?? '') : [one];
}

function targetsInTable(event: JobEvent): (string | undefined)[] {
  return [...new Set(JOB_TRANSITIONS.filter((each) => each.event === event).map(({ to }) => to))];
}

describe('the guards in SQL', () => {
  it.each(CARRIES_OUT)('%s leads only from and to where the table says', (_, statement, event) => {
    expect([targetOf(statement)]).toEqual(targetsInTable(event));
    const allowed: readonly string[] = statesThatAllow(event);
    const guarded = guardedStates(statement);
    expect(guarded.length).toBeGreaterThan(0);
    expect(guarded.filter((state) => !allowed.includes(state))).toEqual([]);
  });

  const ofMany = CARRIES_OUT.filter(([, statement]) => !statement.includes('WHERE id = ?'));

  it.each(ofMany)('%s touches jobs by primary key alone, whatever an optimizer thinks', (_, statement) => {
    expect(statement).toMatch(/jobs FORCE INDEX \(PRIMARY\)/);
  });

  it.each(GUARDED_BY_VALUE)('%s leads where the table says and names its states by value', (_, statement, event) => {
    expect(targetsInTable(event)).toContain(targetOf(statement));
    expect(statement).toContain('state IN (?)');
  });

  it('asking for a cancellation changes no state, and only running jobs', () => {
    expect(targetOf(REQUEST_CANCEL)).toBeUndefined();
    expect(guardedStates(REQUEST_CANCEL)).toEqual(['running']);
  });

  it('pruning locks jobs of one named state that have finished, and says that they exist no more', () => {
    expect(LOCK_PRUNED).toMatch(/state = \? AND finished_at < .* FOR UPDATE/s);
    expect(targetsInTable('prune')).toEqual([undefined]);
  });

  it('cover every transition that the programs can make so far', () => {
    const covered = new Set<JobEvent>([...CARRIES_OUT, ...GUARDED_BY_VALUE].map(([, , event]) => event));
    const rest = JOB_TRANSITIONS.map(({ event }) => event).filter((event) => !covered.has(event));
    expect(new Set(rest)).toEqual(new Set(['submit', 'prune', 'discard']));
  });
});
