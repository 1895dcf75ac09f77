import { describe, expect, it } from '@jest/globals';
import type { ClaimedJob } from '../job/job.ts';
import { outcomeOfCrash, outcomeOfFailure, type Failure } from './outcome.ts';

const JOB: ClaimedJob = {
  id: '01900000-0000-7000-8000-000000000000',
  tenant: 'default',
  queue: 'default',
  type: 'echo',
  payload: '{}',
  priority: 0,
  runAt: 0,
  timeoutMs: 1_000,
  attempt: 1,
  maxAttempts: 3,
  crashes: 0,
  backoff: { strategy: 'fixed', delayMs: 250, maxDelayMs: 1_000, jitter: 0 },
  fence: 1,
  createdAt: 0,
};
const FAILURE: Failure = { kind: 'failed', error: { name: 'Error', message: 'no' }, final: false, failedAt: 10_000 };

describe('what follows from a failed attempt', () => {
  it('is another try after the backoff while attempts are left', () => {
    expect(outcomeOfFailure(JOB, FAILURE, 0.5)).toEqual({ kind: 'retried', failure: FAILURE, runAt: 10_250 });
  });

  it('is the dead letters after the last attempt', () => {
    expect(outcomeOfFailure({ ...JOB, attempt: 3 }, FAILURE, 0.5)).toEqual({ kind: 'dead', failure: FAILURE });
  });

  it('is the dead letters at once when the handler says that trying again is pointless', () => {
    const final = { ...FAILURE, final: true };
    expect(outcomeOfFailure(JOB, final, 0.5)).toEqual({ kind: 'dead', failure: final });
  });
});

describe('what follows from a crash', () => {
  const crash: Failure = { ...FAILURE, kind: 'crashed' };

  it('is another try after the backoff, as long as fewer than so many were seen', () => {
    expect(outcomeOfCrash(JOB, crash, 3, 0.5)).toEqual({ kind: 'crashed', failure: crash, runAt: 10_250 });
  });

  it('is the dead letters with the last one, however many attempts are left', () => {
    expect(outcomeOfCrash({ ...JOB, crashes: 2 }, crash, 3, 0.5)).toEqual({ kind: 'crashed-out', failure: crash });
  });
});
