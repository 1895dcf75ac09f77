import { describe, expect, it } from '@jest/globals';
import { FINISHED_STATES, isFinished, JOB_STATES, shownState } from './job-state.ts';
import { isLegalTransition, JOB_TRANSITIONS, statesThatAllow } from './job-transitions.ts';

/** A job that is new, or run again, is blocked while it waits for others. */
const BOTH_WAYS: readonly string[] = ['submit', 'retry'];

describe('the table of transitions', () => {
  it('names every state, and reaches each of them from a submission', () => {
    const reached = new Set<string | undefined>([undefined]);
    for (let round = 0; round < JOB_STATES.length; round++) {
      for (const { from, to } of JOB_TRANSITIONS) if (reached.has(from)) reached.add(to);
    }
    expect([...reached].filter((state) => state !== undefined).sort()).toEqual([...JOB_STATES].sort());
  });

  it('says once what an event does to a state', () => {
    const keys = JOB_TRANSITIONS.map(
      ({ from, event, to }) => `${from} ${event} ${BOTH_WAYS.includes(event) ? to : ''}`,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('lets a finished job leave its state only by a retry, and lets only a finished one go', () => {
    const leaving = JOB_TRANSITIONS.filter(
      ({ from, to }) => from !== undefined && isFinished(from) && to !== undefined,
    );
    expect(new Set(leaving.map(({ event }) => event))).toEqual(new Set(['retry']));
    expect(new Set(leaving.map(({ from }) => from))).toEqual(new Set(FINISHED_STATES));
    const going = JOB_TRANSITIONS.filter(({ to }) => to === undefined);
    expect(new Set(going.map(({ from }) => from))).toEqual(new Set(FINISHED_STATES));
  });

  it('starts a job only from pending', () => {
    expect(statesThatAllow('claim')).toEqual(['pending']);
    expect(JOB_STATES.filter((state) => isLegalTransition(state, 'running'))).toEqual(['pending']);
  });

  it('cancels whatever is not finished', () => {
    expect([...statesThatAllow('cancel')].sort()).toEqual(['blocked', 'pending', 'running']);
  });
});

describe('the state that a caller sees', () => {
  it('is scheduled before the due time and ready from then on', () => {
    expect(shownState('pending', 1_000, 999)).toBe('scheduled');
    expect(shownState('pending', 1_000, 1_000)).toBe('ready');
  });

  it('is the stored one otherwise', () => {
    expect(shownState('running', 1_000, 0)).toBe('running');
  });
});
