import { monotonicMs } from './clock.ts';

/** The same for every contender. Some scenarios need a time in it: when it was submitted, or when it is due. */
export interface Payload {
  readonly i: number;
  readonly s: string;
  /** Milliseconds of the monotonic clock. */
  readonly t?: number;
  /** Epoch milliseconds. */
  readonly due?: number;
}

/** What a worker process has seen so far. */
export interface Observation {
  readonly handled: number;
  readonly recorded: number;
  /** When the first job began and when the last outcome was recorded, by the monotonic clock. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** How long after its submission, or after its due time, each job that bears a time began, in milliseconds. */
  readonly lags: readonly number[];
}

let handled = 0;
let recorded = 0;
let firstAt = 0;
let lastAt = 0;
let lags: number[] = [];

/** The no-op handler of every contender: it counts, and notes the time where the payload has one. */
export function handle(payload: Payload): void {
  if (payload.t !== undefined) lags.push(monotonicMs() - payload.t);
  else if (payload.due !== undefined) lags.push(Date.now() - payload.due);
  if (handled === 0) firstAt = monotonicMs();
  handled += 1;
}

/** Outcomes were recorded durably, as far as the contender can. */
export function noteRecorded(jobs: number): void {
  recorded += jobs;
  lastAt = monotonicMs();
}

export function observe(): Observation {
  return { handled, recorded, firstAt, lastAt, lags };
}

export function countHandled(): number {
  return handled;
}

export function forgetObservations(): void {
  [handled, recorded, firstAt, lastAt, lags] = [0, 0, 0, 0, []];
}
