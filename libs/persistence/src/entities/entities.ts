import { JobFailureEntity } from './job-failure.entity.ts';
import { JobUniqueKeyEntity } from './job-unique-key.entity.ts';
import { JobEntity } from './job.entity.ts';
import { WorkerEntity } from './worker.entity.ts';

export const ENTITIES = [JobEntity, JobFailureEntity, JobUniqueKeyEntity, WorkerEntity];
