import type { ClaimedJob, Instant, JobError, JsonText, NewJob, WorkerId } from '@holdfast/domain';

/** One claimed run of a job: what a handler is called for, here or in a process of its own. */
export interface Attempt {
  readonly job: ClaimedJob;
  /** Under whose lease it runs; it may write nothing when that is lost. */
  readonly workerId: WorkerId;
  /** Aborted with a StopRequest. */
  readonly stop: AbortController;
}

/** How the handler's call ended: plain data, so that it passes between processes. */
export type Ending =
  | {
      readonly kind: 'returned';
      readonly result: JsonText | undefined;
      /** Jobs that it added; undefined: none. */
      readonly enqueued?: readonly NewJob[] | undefined;
    }
  | { readonly kind: 'snoozed'; readonly runAt: Instant }
  | { readonly kind: 'threw'; readonly error: JobError; readonly final: boolean }
  /** The process apart that it ran in ended under it. */
  | { readonly kind: 'crashed'; readonly error: JobError }
  /** The handler was not called at all. */
  | { readonly kind: 'not-called' };

export const NOT_CALLED: Ending = { kind: 'not-called' };

/** Why an attempt was told to stop. */
export type StopReason = 'timed-out' | 'cancelled' | 'shutdown' | 'lease-in-doubt' | 'lease-lost';

export class StopRequest extends Error {
  override readonly name = 'AbortError';

  constructor(readonly reason: StopReason) {
    super(`the attempt was told to stop: ${reason}`);
  }
}

/** undefined: it was not told to. */
export function stopReason({ stop }: Attempt): StopReason | undefined {
  const reason: unknown = stop.signal.reason;
  return reason instanceof StopRequest ? reason.reason : undefined;
}

/** A handler that was told to stop has this long to end by itself before it is given up. */
export const ABANDON_AFTER_MS = 5_000;
