import { describe, expect, it } from '@jest/globals';
import type { JobState } from '../job/job-state.ts';
import { standingOf, type DependencyCondition, type SeenDependency } from './dependency.ts';
import { fatesOf } from './release.ts';
import { planRerun } from './rerun.ts';

const on = (
  dependsOn: string,
  state: JobState | undefined,
  condition: DependencyCondition = 'succeeded',
): SeenDependency => ({ dependsOn, state, condition });

describe('a dependency', () => {
  it.each<[JobState | undefined, string, string]>([
    ['blocked', 'open', 'open'],
    ['pending', 'open', 'open'],
    ['running', 'open', 'open'],
    ['succeeded', 'met', 'met'],
    ['dead', 'failed', 'met'],
    ['cancelled', 'failed', 'met'],
    ['expired', 'failed', 'met'],
    [undefined, 'met', 'met'],
  ])('on a job that is %s is %s, and %s if it only has to finish', (state, strict, lenient) => {
    expect(standingOf(on('a', state))).toBe(strict);
    expect(standingOf(on('a', state, 'finished'))).toBe(lenient);
  });
});

describe('what becomes of blocked jobs', () => {
  it('lets go what nothing keeps any more', () => {
    const jobs = [
      { id: 'free', dependencies: [] },
      { id: 'kept', dependencies: [on('a', 'running')] },
    ];
    expect(fatesOf(jobs)).toEqual({ released: ['free'], cancelled: new Map() });
  });

  it('cancels what never can start, though other dependencies are open, and what waits for its success, in any order', () => {
    const jobs = [
      { id: 'grandchild', dependencies: [on('child', 'blocked')] },
      { id: 'child', dependencies: [on('other', 'running'), on('failed', 'dead')] },
    ];
    const { released, cancelled } = fatesOf(jobs);
    expect(released).toEqual([]);
    expect(Object.fromEntries(cancelled)).toEqual({ child: 'failed', grandchild: 'child' });
  });

  it('lets go what only waits for the end of one that is cancelled', () => {
    const jobs = [
      { id: 'child', dependencies: [on('failed', 'expired')] },
      { id: 'cleanup', dependencies: [on('child', 'blocked', 'finished')] },
    ];
    expect(fatesOf(jobs).released).toEqual(['cleanup']);
  });
});

describe('running jobs again', () => {
  it('brings back what their failure had cancelled, blocked until they are done', () => {
    const plan = planRerun([
      { id: 'failed', isAsked: true, dependencies: [] },
      { id: 'child', isAsked: false, dependencies: [on('failed', 'dead')] },
    ]);
    expect(plan).toEqual({ pending: ['failed'], blocked: ['child'], waived: [] });
  });

  it('leaves cancelled what another failure keeps from running, and what waits for that', () => {
    const plan = planRerun([
      { id: 'failed', isAsked: true, dependencies: [] },
      { id: 'grandchild', isAsked: false, dependencies: [on('child', 'cancelled')] },
      { id: 'child', isAsked: false, dependencies: [on('failed', 'dead'), on('other', 'dead')] },
    ]);
    expect(plan).toEqual({ pending: ['failed'], blocked: [], waived: [] });
  });

  it('overlooks a failure before a job that somebody asked for', () => {
    const plan = planRerun([
      { id: 'now', isAsked: true, dependencies: [on('other', 'dead')] },
      { id: 'later', isAsked: true, dependencies: [on('other', 'dead'), on('open', 'running')] },
    ]);
    expect(plan).toEqual({
      pending: ['now'],
      blocked: ['later'],
      waived: [
        { id: 'now', dependsOn: 'other' },
        { id: 'later', dependsOn: 'other' },
      ],
    });
  });
});
