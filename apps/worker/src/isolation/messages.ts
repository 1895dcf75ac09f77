import type { ClaimedJob, WorkerId } from '@holdfast/domain';
import type { Ending, StopReason } from '../running/attempt.ts';

/** What a worker tells a process of isolation. */
export type Order =
  | { readonly kind: 'call'; readonly job: ClaimedJob; readonly workerId: WorkerId }
  | { readonly kind: 'stop'; readonly reason: StopReason };

/** What it answers: once when it has started, then once for each call. */
export type Report = { readonly kind: 'ready' } | Ending;
