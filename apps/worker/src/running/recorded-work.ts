import { setTimeout as pause } from 'node:timers/promises';
import type { JsonText } from '@holdfast/domain';
import { isRetryable } from '@holdfast/persistence';
import { DoNotRetryError } from '../handling/job-context.ts';
import { StopRequest, type Attempt } from './attempt.ts';
import { toResult } from './result.ts';

const RETRY_MS = 500;

/** What came of work that must not be done again. */
export interface Recorded {
  /** undefined: it returned nothing. */
  readonly result: JsonText | undefined;
}

/** Work that is recorded when it is done: a step of a job, or an effect that jobs share. */
export interface RecordedWork<T> {
  /** As it is called in errors: "step 'charge'". */
  readonly name: string;
  readonly work: () => Promise<T> | T;
  /** @returns what is recorded; undefined if the job was taken away */
  readonly record: (done: Recorded) => Promise<Recorded | undefined>;
}

/** Does the work and records it. Its result went through JSON, as it does when it is read later. */
export async function doAndRecord<T>(attempt: Attempt, { name, work, record }: RecordedWork<T>): Promise<T> {
  attempt.stop.signal.throwIfAborted();
  const done = { result: toResult(await work(), name) };
  const kept = await insist(attempt, () => record(done));
  if (!kept) throw loseJob(attempt);
  return valueOf(kept) as T;
}

export function valueOf({ result }: Recorded): unknown {
  return result === undefined ? undefined : JSON.parse(result);
}

/** The job is somebody else's: whatever this attempt still does, it does in vain. @returns what to throw */
export function loseJob({ stop }: Attempt): Error {
  stop.abort(new StopRequest('lease-lost'));
  return stop.signal.reason as Error;
}

/** @throws DoNotRetryError when it is no name to recognise something by */
export function checkName(of: string, name: string, longest: number): void {
  if (name === '' || name !== name.trim() || name.length > longest || !name.isWellFormed()) {
    throw new DoNotRetryError(`${of} has 1 to ${longest} characters and no space at its ends`);
  }
}

/** What is done and not recorded would be done again: while MySQL is away, it is told later. */
export async function insist<T>({ stop: { signal } }: Attempt, record: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await record();
    } catch (error) {
      if (!isRetryable(error) || signal.aborted) throw error;
      await pause(RETRY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}
