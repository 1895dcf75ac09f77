import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimedJob } from '@holdfast/domain';
import type { PinoLogger } from 'nestjs-pino';
import { Attention } from './attention.ts';
import type { ClaimContext } from './claim-context.ts';
import { Intake } from './intake.ts';
import type { JobPool } from './job-pool.ts';
import type { JobSource } from './job-source.ts';

const JOB = { id: 'a', fence: 1 } as ClaimedJob;
const DOUBTFUL = { ...JOB, isDoubtful: true };

describe('what a claim brings', () => {
  let started: ClaimedJob[];
  let context: { workerId: string; mayClaim: boolean };
  let intake: Intake;

  beforeEach(() => {
    started = [];
    context = { workerId: 'w', mayClaim: true };
    const pool = { start: (job: ClaimedJob) => started.push(job) };
    const source = { findForgotten: () => Promise.resolve(started.length === 0 ? [JOB] : []) };
    intake = new Intake(
      source as unknown as JobSource,
      pool as unknown as JobPool,
      context as ClaimContext,
      new Attention(),
      { info: () => undefined } as unknown as PinoLogger,
    );
  });

  async function bring(...claims: ClaimedJob[][]): Promise<void> {
    for (const jobs of claims) intake.follow('w', jobs.length, Promise.resolve(jobs));
    await intake.settled();
  }

  it('starts', async () => {
    await bring([JOB]);
    expect(started).toEqual([JOB]);
    expect(intake.mustAudit).toBe(false);
  });

  it.each([
    ['before', [[DOUBTFUL], [JOB]]],
    ['after', [[JOB], [DOUBTFUL]]],
    ['and by it alone', [[DOUBTFUL]]],
    ['and by another that is in doubt as well', [[DOUBTFUL], [DOUBTFUL]]],
  ])('starts once if a claim that was in doubt brings it %s', async (_, claims) => {
    await bring(...claims);
    expect(intake.mustAudit).toBe(true);
    await intake.recoverForgotten();
    expect(started).toEqual([JOB]);
    expect(intake.mustAudit).toBe(false);
  });

  it.each([
    ['is lost', { workerId: 'another' }],
    ['is not sure', { mayClaim: false }],
  ])('does not start if the lease %s by then', async (_, change) => {
    Object.assign(context, change);
    await bring([JOB]);
    expect(started).toEqual([]);
  });
});
