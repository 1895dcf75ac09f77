import { createHash } from 'node:crypto';
import type { Instant, JobId, WorkflowId } from '@holdfast/domain';
import { v7 as uuidv7 } from 'uuid';

const RANDOM_BYTES = 16;

/** A UUID version 7 that is always the same for the same first job, so that a request sent again is answered alike. */
export function workflowIdOf(firstJob: JobId, createdAt: Instant): WorkflowId {
  const random = createHash('sha256').update(firstJob).digest().subarray(0, RANDOM_BYTES);
  return uuidv7({ msecs: createdAt, random, seq: random.readUInt32BE(0) >>> 1 });
}
