import { describe, expect, it } from '@jest/globals';
import type { ClaimedJob, RecordedStep } from '@holdfast/domain';
import { Steps } from './steps.ts';

/** Attempts of one job, over a memory that a test can take away. */
function jobWithSteps() {
  const recorded: RecordedStep[] = [];
  const memory = { isOurs: true };
  const store = {
    find: () => Promise.resolve([...recorded]),
    record: (_: string, __: ClaimedJob, step: RecordedStep) => {
      if (memory.isOurs) recorded.push(step);
      return Promise.resolve(memory.isOurs ? step : undefined);
    },
  };
  const attempt = (): Steps => {
    const job = { id: 'a-job', fence: 1 } as ClaimedJob;
    return new Steps({ job, workerId: 'w', stop: new AbortController() }, store);
  };
  return { attempt, memory, recorded };
}

describe('a step', () => {
  it('is done once: later attempts get what it returned, as it is in JSON', async () => {
    const { attempt } = jobWithSteps();
    const keys: string[] = [];
    const charge = (key: string): { at: Date } => {
      keys.push(key);
      return { at: new Date(0) };
    };
    const first: unknown = await attempt().step('charge', charge);
    expect(first).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    expect(await attempt().step('charge', charge)).toEqual(first);
    expect(keys).toEqual(['a-job/charge']);
  });

  it('that failed is done again', async () => {
    const { attempt } = jobWithSteps();
    const fail = (): never => {
      throw new Error('no');
    };
    await expect(attempt().step('tell', fail)).rejects.toThrow('no');
    expect(await attempt().step('tell', () => 'told')).toBe('told');
  });

  it('is not recorded when the job was taken away, and nothing is done after it', async () => {
    const { attempt, memory, recorded } = jobWithSteps();
    memory.isOurs = false;
    const steps = attempt();
    await expect(steps.step('one', () => 1)).rejects.toThrow('lease-lost');
    await expect(steps.step('two', () => 2)).rejects.toThrow('lease-lost');
    expect(recorded).toEqual([]);
  });

  it.each([
    ['a name that this attempt used', 'charge', "already had a step 'charge'"],
    ['no name', '', "a step's name has 1 to 128 characters"],
    ['a name that ends in space', 'a ', "a step's name has 1 to 128 characters"],
    ['a name that is too long', 'x'.repeat(129), "a step's name has 1 to 128 characters"],
  ])('is refused for %s', async (_, name, reason) => {
    const steps = jobWithSteps().attempt();
    await steps.step('charge', () => 1);
    await expect(steps.step(name, () => 2)).rejects.toThrow(reason);
  });

  it('is refused when there are too many, as when names are new each time', async () => {
    const steps = jobWithSteps().attempt();
    for (let n = 0; n < 100; n++) await steps.step(`step ${n}`, () => n);
    await expect(steps.step('one more', () => 1)).rejects.toThrow('do their names change');
  });
});
