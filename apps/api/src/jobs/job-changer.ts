import { timeFaults } from '@holdfast/contract';
import { isOwnType, type Instant, type JobChange, type JobId } from '@holdfast/domain';
import { JobOperationStore, StoreClock } from '@holdfast/persistence';
import type { JobEntity } from '@holdfast/persistence/schema';
import { Injectable, Logger } from '@nestjs/common';
import type { TagCondition } from '../http/entity-tags.ts';
import { passingProblem, refuseFaults, type FieldError } from '../http/problem.ts';
import { IndexAnnouncer } from './index-announcer.ts';
import type { JobChanges } from './job-change.schema.ts';
import { ownJob, refusal } from './job-operator.ts';
import { JobReader } from './job-reader.ts';

/** How often a change without a condition is applied to what others have just changed. */
const TRIES = 5;

/** Changes a waiting job, never over what somebody else changed since it was read. */
@Injectable()
export class JobChanger {
  private readonly logger = new Logger('jobs');

  constructor(
    private readonly reader: JobReader,
    private readonly store: JobOperationStore,
    private readonly clock: StoreClock,
    private readonly announcer: IndexAnnouncer,
  ) {}

  /** @param condition what the caller has read of the job; without it whatever is there now is changed */
  async change(tenant: string, id: JobId, changes: JobChanges, condition: TagCondition | undefined): Promise<void> {
    for (let tries = 1; tries <= TRIES; tries++) {
      if (await this.tryOnce(tenant, id, changes, condition)) return;
    }
    throw passingProblem('overloaded', 'Others change this job all the time. Try again after a second.');
  }

  /** @returns false if the job became another between reading and writing */
  private async tryOnce(
    tenant: string,
    id: JobId,
    changes: JobChanges,
    condition: TagCondition | undefined,
  ): Promise<boolean> {
    const { entity } = await this.reader.readFor(tenant, id, condition);
    if (isOwnType(entity.type)) throw ownJob(id);
    const now = this.clock.now();
    const change = toChange(changes, now);
    refuseFaults(changeFaults(change, changes, entity, now));
    const operation = await this.store.change(tenant, id, entity, change);
    if (operation.kind !== 'done') throw refusal(operation, id, 'changed', now);
    if (operation.value === undefined) return false;
    if (change.priority !== undefined || change.runAt !== undefined) this.announcer.announceMove(operation.value);
    this.logger.debug({ msg: 'changed', jobId: id });
    return true;
  }
}

function toChange(changes: JobChanges, now: Instant): JobChange {
  const { payload, priority, runAt, delay, deadline, timeout, maxAttempts, backoff } = changes;
  const wanted = delay === undefined ? runAt : now + delay;
  return {
    payload: payload?.text,
    priority,
    runAt: wanted === undefined ? undefined : Math.max(now, wanted),
    deadline,
    timeoutMs: timeout,
    maxAttempts,
    backoff,
  };
}

/** What is wrong can only be seen beside what stays as it is. */
function changeFaults(change: JobChange, changes: JobChanges, entity: JobEntity, now: Instant): FieldError[] {
  const errors = timesChange(changes) ? timeFaults(timesAfter(change, entity), now) : [];
  if ((change.maxAttempts ?? Infinity) <= entity.attempt) {
    const message = `must be more than the ${entity.attempt} attempts that were made already`;
    errors.push({ pointer: '/maxAttempts', message });
  }
  return errors;
}

function timesChange({ runAt, delay, deadline }: JobChanges): boolean {
  return [runAt, delay, deadline].some((time) => time !== undefined);
}

function timesAfter({ runAt, deadline }: JobChange, entity: JobEntity) {
  return {
    runAt: runAt ?? entity.runAt.getTime(),
    deadline: (deadline === undefined ? entity.deadline?.getTime() : deadline) ?? undefined,
  };
}
