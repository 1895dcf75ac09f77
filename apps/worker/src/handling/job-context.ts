import type { SubmissionInput, WorkflowJob } from '@holdfast/contract';
import type { PinoLogger } from 'nestjs-pino';
import type { z } from 'zod';

/** What a handler knows of the attempt that it is part of. */
export interface JobContext {
  /** The same for every attempt: a stable key to make outside effects safe to repeat. */
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  /** Whose job it is. */
  readonly tenant: string;
  /** From 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Grows with every attempt: receivers can refuse an older one. */
  readonly fence: number;
  /** W3C trace context to hand on: of this attempt where traces are on, else of the submission, if it named one. */
  readonly traceparent?: string | undefined;
  /** The tick that a schedule made the job for: which day's report it is, however late it runs; undefined if none did. */
  readonly plannedAt?: Date | undefined;
  /** Fires on timeout, cancel, shutdown and a lost lease. Whoever goes on after it does so in vain. */
  readonly signal: AbortSignal;
  /** Every line bears the job's id. */
  readonly logger: Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;
  /** Keeps a line with the job, readable at `GET /v1/jobs/{id}/logs`: 200 of an attempt, of at most 1 KiB, of the last 10 attempts. */
  readonly log: (line: string) => void;
  /**
   * Ends this attempt; the next one comes after a duration such as `10m` or at an instant, and this one does not count. It
   * throws: nothing after it happens.
   */
  readonly snooze: (until: string | number | Date) => never;
  /**
   * Adds a job, written as for `POST /v1/jobs`: it is made in the transaction that records that this attempt succeeded, and
   * not at all if it does not. At most 1,000.
   *
   * @returns the id that it will have
   */
  readonly enqueue: (job: SubmissionInput) => string;
  /** Cancels another job of the tenant, or asks for it if that runs. @returns false if there is none, or it had finished */
  readonly cancel: (id: string) => Promise<boolean>;
  /** Shown with the job; at most 1 KiB as JSON, written about once a second. */
  readonly progress: (value: unknown) => void;
  /**
   * Does `work` once and records what it returned, as JSON of at most 64 KiB; later attempts get that instead. It is done
   * again only if its worker died between doing and recording it: the key, the same each time, is to tell whoever is asked.
   */
  readonly step: <T>(name: string, work: (key: string) => Promise<T> | T) => Promise<T>;
  /**
   * The same among all jobs of a tenant that name the same key: one does `work`, the others wait for it, and all get what
   * it returned. If the one that does it fails or dies, another does it again.
   */
  readonly once: <T>(key: string, work: (key: string) => Promise<T> | T) => Promise<T>;
  /** What the job waited for, with what came of it: read a few at a time, so that large results are not all in memory. */
  readonly dependencies: () => AsyncIterable<FinishedDependency>;
  /**
   * Adds jobs to the workflow that this job is part of, all or none, as POST /v1/workflows/{id}/jobs does. An attempt that
   * adds what an earlier one added gets the ids of those.
   */
  readonly addJobs: (jobs: Readonly<Record<string, z.input<typeof WorkflowJob>>>) => Promise<Record<string, string>>;
}

/** A job that this one waited for. */
export interface FinishedDependency {
  readonly id: string;
  /** In the workflow; undefined outside of one. */
  readonly name: string | undefined;
  /** undefined, as its state: it is not kept any more. */
  readonly type: string | undefined;
  readonly state: string | undefined;
  /** What its handler returned. */
  readonly result: unknown;
  readonly error: { readonly name: string; readonly message: string } | undefined;
}

/**
 * Does the work of one job type. What it returns is the job's result, at most 64 KiB as JSON; what it throws is a
 * failure, tried again while attempts are left.
 */
export interface Handler<Payload = unknown, Result = unknown> {
  handle(payload: Payload, context: JobContext): Promise<Result> | Result;
}

/** Thrown by a handler when trying again is pointless: the job goes to the dead letters at once. */
export class DoNotRetryError extends Error {
  override readonly name: string = 'DoNotRetryError';
}
