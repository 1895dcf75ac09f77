import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimedJob, Settlement } from '@holdfast/domain';
import type { PinoLogger } from 'nestjs-pino';
import type { LeaseKeeper } from '../leasing/lease-keeper.ts';
import type { JobTimes } from '../metrics/job-times.ts';
import type { HandlerRegistry } from '../handling/handler-registry.ts';
import { VitalSigns } from '../leasing/vital-signs.ts';
import type { WorkerConfiguration } from '../worker.configuration.ts';
import { Attention } from './attention.ts';
import type { HandlerCaller } from './handler-caller.ts';
import { HeldJobs } from './held-jobs.ts';
import { JobPool } from './job-pool.ts';
import { JobRunner } from './job-runner.ts';
import type { Settler } from './settler.ts';
import { StartTime } from './start-time.ts';
import type { TracedRunner } from './traced-runner.ts';

type RunnerParts = ConstructorParameters<typeof JobRunner>;

describe('a job that was claimed ahead of its time', () => {
  const lease = { isHeld: true };
  let called: number[];
  let settled: PromiseWithResolvers<Settlement>;
  let held: HeldJobs;
  let pool: JobPool;

  beforeEach(() => {
    called = [];
    lease.isHeld = true;
    settled = Promise.withResolvers();
    const call = (): Promise<object> => {
      called.push(performance.now());
      return Promise.resolve({ kind: 'returned', result: undefined });
    };
    const signs = new VitalSigns({ types: ['echo'] } as unknown as HandlerRegistry);
    held = new HeldJobs(new Attention(), signs, { started: () => 0, ended: () => undefined } as unknown as JobTimes);
    const unused = {} as never;
    const runner = new JobRunner(
      { call } as unknown as HandlerCaller,
      ...([unused, unused, unused, unused] as Rest<RunnerParts>),
    );
    pool = new JobPool(
      held,
      new StartTime(lease as LeaseKeeper, { debug: () => undefined } as unknown as PinoLogger),
      runner as unknown as TracedRunner,
      { settle: settled.resolve } as unknown as Settler,
      {} as WorkerConfiguration,
    );
  });

  function claimed(aheadMs: number): ClaimedJob & { startsAt: number } {
    const startsAt = performance.now() + aheadMs;
    return { id: 'a', type: 'echo', crashes: 0, timeoutMs: 1_000, startsAt } as ClaimedJob & { startsAt: number };
  }

  it('starts when it is due and no sooner', async () => {
    const job = claimed(20.7);
    pool.start(job, 'w');
    expect((await settled.promise).outcome.kind).toBe('succeeded');
    expect(called).toEqual([expect.any(Number)]);
    expect(called[0]).toBeGreaterThanOrEqual(job.startsAt);
  });

  it('is handed back if the lease is not sure any more by then', async () => {
    pool.start(claimed(5), 'w');
    lease.isHeld = false;
    expect((await settled.promise).outcome.kind).toBe('handed-back');
    expect(called).toEqual([]);
  });

  it.each([
    ['cancelled', 'cancelled'],
    ['shutdown', 'handed-back'],
  ] as const)('is not called any more if it is stopped before: %s', async (reason, outcome) => {
    pool.start(claimed(3_600_000), 'w');
    held.stop('a', reason);
    expect((await settled.promise).outcome.kind).toBe(outcome);
    expect(called).toEqual([]);
    expect(held.runningCount).toBe(0);
  });
});

type Rest<Parts extends unknown[]> = Parts extends [unknown, ...infer Others] ? Others : never;
