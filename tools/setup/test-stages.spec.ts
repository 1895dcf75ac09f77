import { describe, expect, test } from '@jest/globals';
import { parseSelection, STAGES, tallyOf, total } from './test-stages.ts';

describe('which stages run', () => {
  test('all of them without arguments', () => {
    expect(parseSelection([])).toEqual({ stages: STAGES, jestArguments: [] });
  });

  test.each([[['--only', 'e2e,unit']], [['--only=unit,e2e']], [['--only', 'unit', 'e2e']]])(
    '%j, in their usual order',
    (args) => {
      expect(parseSelection(args).stages).toEqual(['unit', 'e2e']);
    },
  );

  test('what follows -- goes to Jest untouched', () => {
    expect(parseSelection(['--only', 'unit', '--', '-t', 'a, b']).jestArguments).toEqual(['-t', 'a, b']);
  });

  test.each([[['--only', 'unti']], [['--only']], [['unit']]])('%j is refused', (args) => {
    expect(() => parseSelection(args)).toThrow('npm test --');
  });
});

describe('how Jest is counted', () => {
  const report = { numPassedTests: 5, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };

  test('a good run counts its tests', () => {
    expect(tallyOf(report, true, false)).toEqual({ passed: 5, failed: 0 });
  });

  test('a suite that could not run is a failure', () => {
    expect(tallyOf({ ...report, numFailedTests: 2, numRuntimeErrorTestSuites: 1 }, false, false).failed).toBe(3);
  });

  test('a run that ended badly has failed even if no test did', () => {
    expect(tallyOf(report, false, false)).toEqual({ passed: 5, failed: 1 });
    expect(tallyOf(undefined, false, false)).toEqual({ passed: 0, failed: 1 });
  });

  test('a run in which nothing ran proves nothing, unless it was filtered', () => {
    const empty = { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };
    expect(tallyOf(empty, true, false).failed).toBe(1);
    expect(tallyOf(empty, true, true).failed).toBe(0);
  });

  test('stages add up', () => {
    expect(
      total([
        { passed: 1, failed: 0 },
        { passed: 5, failed: 2 },
      ]),
    ).toEqual({ passed: 6, failed: 2 });
  });
});
