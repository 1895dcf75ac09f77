import type { DependencyCondition } from '@holdfast/domain';
import { fromBytes, type Database, type Row } from '@holdfast/persistence';

/** A job waits for another. */
export interface FinalDependency {
  readonly job: string;
  readonly dependsOn: string;
  /** Somebody who runs a job again overlooks failures: then it is `finished` where `succeeded` was asked for. */
  readonly requirement: DependencyCondition;
}

export async function dumpDependencies(database: Database): Promise<FinalDependency[]> {
  const rows = await database.rows<Row & { job: Buffer; dependsOn: Buffer; requirement: DependencyCondition }>(
    'SELECT job_id AS job, depends_on AS dependsOn, requirement FROM dependencies',
  );
  return rows.map(({ job, dependsOn, requirement }) => ({
    job: fromBytes(job),
    dependsOn: fromBytes(dependsOn),
    requirement,
  }));
}
