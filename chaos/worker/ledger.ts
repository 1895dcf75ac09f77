import path from 'node:path';
import type { LedgerEvent } from '../history/events.ts';
import { EventLog } from '../history/event-log.ts';
import type { JobContext } from '../../apps/worker/src/handling/job-context.ts';

const log = new EventLog<LedgerEvent>(
  path.join(process.env['CHAOS_LEDGER'] ?? '.', `worker-${process.pid}.jsonl`),
  process.env['CHAOS_RUN'] ?? '',
);

const worker = process.channel ? process.ppid : process.pid;

/** Writes down what a handler does, where no fault of the run reaches. */
export function note(
  kind: LedgerEvent['kind'],
  { id, attempt, fence }: JobContext,
  detail: Pick<LedgerEvent, 'step' | 'how'> = {},
): void {
  log.append({ kind, worker, job: id, attempt, fence, ...detail });
}
