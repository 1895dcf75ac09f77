/** What every line of the driver's, the handlers' and the nemesis' logs begins with. */
export interface Stamp {
  readonly run: string;
  readonly pid: number;
  /** Within the process, from 1. */
  readonly sequence: number;
  /** CLOCK_MONOTONIC in milliseconds: comparable between all processes of a machine, and no fault touches it. */
  readonly at: number;
  /** The process's own idea of the time, in epoch milliseconds. */
  readonly wall: number;
}

export type OperationName =
  | 'submit'
  | 'submit-with-key'
  | 'submit-unique'
  | 'submit-dependent'
  | 'workflow'
  | 'pause'
  | 'resume'
  | 'limit'
  | 'batch'
  | 'flood'
  | 'submit-again'
  | 'insert-by-sql'
  | 'cancel'
  | 'retry'
  | 'schedule'
  | 'pause-schedule'
  | 'resume-schedule'
  | 'trigger-schedule'
  | 'read'
  | 'read-of-another-tenant';

/** A client's view of one call. `info` is unknown: the call may have taken effect or not. */
export interface DriverEvent {
  readonly operation: OperationName;
  /** Joins what was invoked to what became of it. */
  readonly call: number;
  readonly phase: 'invoke' | 'ok' | 'fail' | 'info';
  readonly tenant: string;
  readonly jobs: readonly string[];
  /** The Idempotency-Key; its job bears it as a tag, for only the answer tells its id. */
  readonly key?: string;
  readonly queue?: string;
  /** By name. */
  readonly schedule?: string;
  /** The unique key that a submission asks for. */
  readonly unique?: string;
  readonly status?: number;
  readonly detail?: string;
  /** The body of a submission or an answer's state, for a person who reads the slice of a failure. */
  readonly job?: unknown;
}

/** What a handler did. */
export interface LedgerEvent {
  readonly kind: 'start' | 'effect' | 'step-effect' | 'step-result' | 'end';
  /** Process id of the worker that holds the job: of a job that runs apart it is the parent of the process that writes this. */
  readonly worker: number;
  readonly job: string;
  readonly attempt: number;
  readonly fence: number;
  readonly step?: string;
  readonly how?: string;
}

/** One fault, from when it began until its proof. */
export interface NemesisEvent {
  readonly fault: string;
  readonly phase: 'begin' | 'end';
  /** Process ids of the programs that it was done to; `*` is all of them. */
  readonly targets: readonly (number | '*')[];
  /** What shows that it took effect; missing if nothing does. */
  readonly proof?: string;
  readonly error?: string;
}

export type Stamped<Event> = Stamp & Event;
