import type { ClaimedJob, JobId, JobSteps, RecordedStep, WorkerId } from '@holdfast/domain';
import { isDuplicateKey } from '../database/database-errors.ts';
import type { Database, Row } from '../database/database.ts';
import { toBytes } from '../database/identifiers.ts';
import { RECORD_STEP, SELECT_STEP, SELECT_STEPS } from '../statements/step.ts';

interface StepRow extends Row {
  name: string;
  result: string | null;
}

export class StepStore implements JobSteps {
  constructor(private readonly database: Database) {}

  async find(id: JobId): Promise<readonly RecordedStep[]> {
    return (await this.database.rows<StepRow>(SELECT_STEPS, [toBytes(id)])).map(toStep);
  }

  /** What was recorded first counts, whether by an earlier attempt or by ourselves, when a commit's answer was lost. */
  async record(workerId: WorkerId, job: ClaimedJob, step: RecordedStep): Promise<RecordedStep | undefined> {
    const id = toBytes(job.id);
    const values = [step.name, step.result ?? null, id, toBytes(workerId), job.fence];
    return this.database.transaction(async (session) => {
      try {
        return (await session.change(RECORD_STEP, values)) === 1 ? step : undefined;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const [row] = await session.rows<StepRow>(SELECT_STEP, [id, step.name]);
        return row && toStep(row);
      }
    });
  }
}

function toStep({ name, result }: StepRow): RecordedStep {
  return { name, result: result ?? undefined };
}
