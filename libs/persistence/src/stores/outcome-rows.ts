import type { Failure, JobId, JsonText, Outcome, Settlement, WorkerId } from '@holdfast/domain';
import { toBytes } from '../database/identifiers.ts';
import { toSqlTime } from '../database/sql-time.ts';

/** What a failure's row takes from the row of its job. */
interface HeldAttempt {
  readonly generation: number;
  readonly started_at: Date;
}

/** A row of JSON_TABLE in statements/settle.ts; what is left out is NULL there. */
export function toRow(id: JobId, fence: number, text?: JsonText, runAt?: string): Record<string, unknown> {
  return { id: id.replaceAll('-', ''), fence, text, runAt };
}

export function textOf(outcome: Outcome): JsonText | undefined {
  if (outcome.kind === 'succeeded') return outcome.result;
  const failure = failureOf(outcome);
  return failure && JSON.stringify(failure.error);
}

export function runAtOf(outcome: Outcome): string | undefined {
  return 'runAt' in outcome ? toSqlTime(outcome.runAt) : undefined;
}

function failureOf(outcome: Outcome): Failure | undefined {
  return 'failure' in outcome ? outcome.failure : undefined;
}

export function failureRow(
  workerId: WorkerId,
  { job, outcome }: Settlement,
  held: HeldAttempt | undefined,
): unknown[][] {
  const failure = failureOf(outcome);
  if (!failure || !held) return [];
  const text = JSON.stringify(failure.error);
  const failedAt = new Date(failure.failedAt);
  return [
    [
      toBytes(job.id),
      job.fence,
      job.attempt,
      held.generation,
      failure.kind,
      text,
      toBytes(workerId),
      held.started_at,
      failedAt,
    ],
  ];
}
