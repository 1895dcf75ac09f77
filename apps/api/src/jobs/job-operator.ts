import { isOwnType, shownState, type Instant, type JobId, type JobReading } from '@holdfast/domain';
import { JobOperationStore, StoreClock, type Operation } from '@holdfast/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { isExact, preconditionFailed, type TagCondition } from '../http/entity-tags.ts';
import { Problem } from '../http/problem.ts';
import { IndexAnnouncer } from './index-announcer.ts';
import { JobReader, unknownJob } from './job-reader.ts';
import { keyHeld } from './refusals.ts';

/** Does to one job what an operator asks for, with a condition only to what the caller has read of it. */
@Injectable()
export class JobOperator {
  private readonly logger = new Logger('jobs');

  constructor(
    private readonly reader: JobReader,
    private readonly store: JobOperationStore,
    private readonly clock: StoreClock,
    private readonly announcer: IndexAnnouncer,
  ) {}

  /** A waiting job is cancelled at once; of a running one that is only asked for. */
  async cancel(tenant: string, id: JobId, condition?: TagCondition): Promise<void> {
    const reading = await this.readingFor(tenant, id, condition);
    const cancelled = valueOf(await this.store.cancel(tenant, id, reading), id, 'cancelled', this.clock.now());
    if (cancelled.to === 'cancelling') this.announcer.announceCancel(cancelled.workerId);
    this.logger.debug({ msg: cancelled.to, jobId: id });
  }

  async retry(tenant: string, id: JobId, condition?: TagCondition): Promise<void> {
    const { entity } = await this.reader.readFor(tenant, id, condition);
    if (isOwnType(entity.type)) throw ownJob(id);
    const now = this.clock.now();
    valueOf(await this.store.retry(tenant, id, now, isExact(condition) ? entity : undefined), id, 'retried', now);
    this.logger.debug({ msg: 'retried', jobId: id });
  }

  /** What was scheduled is ready; what was ready stays so. */
  async runNow(tenant: string, id: JobId, condition?: TagCondition): Promise<void> {
    const reading = await this.readingFor(tenant, id, condition);
    const now = this.clock.now();
    const entry = valueOf(await this.store.runNow(tenant, id, now, reading), id, 'run now', now);
    if (entry) this.announcer.announceMove(entry);
    this.logger.debug({ msg: 'due now', jobId: id });
  }

  private async readingFor(
    tenant: string,
    id: JobId,
    condition: TagCondition | undefined,
  ): Promise<JobReading | undefined> {
    if (!condition) return undefined;
    const { entity } = await this.reader.readFor(tenant, id, condition);
    return isExact(condition) ? entity : undefined;
  }
}

/** Whoever may ask for what it does has another made; so a token that may not cannot change or repeat it. */
export function ownJob(id: JobId): Problem {
  return new Problem(
    'own-job',
    `The job ${id} is the system's own: cancel it if it has not finished, and ask for another.`,
  );
}

/** Why an operation did not take effect, as an answer. */
export function refusal(operation: Refused, id: JobId, done: string, now: Instant): Problem {
  if (operation.kind === 'unknown-job') return unknownJob(id);
  if (operation.kind === 'changed') return preconditionFailed(`job ${id}`);
  if (operation.kind === 'key-held') return keyHeld(operation.holder, now, `The job ${id} cannot be ${done}`);
  const state = shownState(operation.state, operation.runAt, now);
  return new Problem('state-forbids', `The job ${id} is ${state} and cannot be ${done}.`);
}

type Refused = Exclude<Operation<unknown>, { kind: 'done' }>;

function valueOf<T>(operation: Operation<T>, id: JobId, done: string, now: Instant): T {
  if (operation.kind === 'done') return operation.value;
  throw refusal(operation, id, done, now);
}
