import type { ClaimedJob, WorkerId } from '@holdfast/domain';
import type { Ending, StopReason } from '../running/attempt.ts';

/** What a worker tells a process of isolation; `call` is a number of its choice. */
export type Order =
  | { readonly kind: 'call'; readonly call: number; readonly job: ClaimedJob; readonly workerId: WorkerId }
  | { readonly kind: 'stop'; readonly call: number; readonly reason: StopReason };

/** What it answers: once when it has started, then once for each call. */
export type Report =
  { readonly kind: 'ready' } | { readonly kind: 'ended'; readonly call: number; readonly ending: Ending };
