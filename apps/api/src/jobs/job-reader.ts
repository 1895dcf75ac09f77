import { WORKFLOW_LIMITS, type JobId, type ShownState } from '@holdfast/domain';
import { DependencyStore, JobListStore, StoreClock, type JobFilter } from '@holdfast/persistence';
import { JobEntity, JobFailureEntity, JobUniqueKeyEntity } from '@holdfast/persistence/schema';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { entityTagOf, meets, preconditionFailed, type TagCondition } from '../http/entity-tags.ts';
import { toCursor, type Page } from '../http/page.ts';
import { Problem } from '../http/problem.ts';
import type { JobQuery } from './job-query.schema.ts';
import { summaryOfJob, viewOfJob, type Job, type JobSummary } from './job-view.ts';

const FAILURES_SHOWN = 100;

/** Answers questions about the jobs of one tenant. */
@Injectable()
export class JobReader {
  constructor(
    @InjectRepository(JobEntity) private readonly jobs: Repository<JobEntity>,
    @InjectRepository(JobFailureEntity) private readonly failures: Repository<JobFailureEntity>,
    @InjectRepository(JobUniqueKeyEntity) private readonly keys: Repository<JobUniqueKeyEntity>,
    private readonly dependencies: DependencyStore,
    private readonly lists: JobListStore,
    private readonly clock: StoreClock,
  ) {}

  /** @throws Problem if this tenant has no such job */
  async find(tenant: string, id: JobId): Promise<Job> {
    return (await this.read(tenant, id)).job;
  }

  /** A job as callers see it, and the row that it is made of. */
  async read(tenant: string, id: JobId): Promise<{ readonly job: Job; readonly entity: JobEntity }> {
    const entity = await this.jobs.findOneBy({ tenant, id });
    if (!entity) throw unknownJob(id);
    const [failures, dependencies, membership, key] = await Promise.all([
      entity.fence === 0 ? [] : this.findFailures(id),
      this.dependencies.find(id, WORKFLOW_LIMITS.jobs),
      this.dependencies.findMembership(id),
      this.keys.findOneBy({ jobId: id }),
    ]);
    const around = { failures, dependencies, membership, uniqueKey: key?.name };
    return { job: viewOfJob(entity, around, this.clock.now()), entity };
  }

  /** @throws Problem if this tenant has no such job, or the caller has read another than it is */
  async readFor(tenant: string, id: JobId, condition: TagCondition | undefined): ReturnType<JobReader['read']> {
    const reading = await this.read(tenant, id);
    if (condition && !meets(condition, entityTagOf(reading.job))) throw preconditionFailed(`job ${id}`, condition);
    return reading;
  }

  /** The newest first, by id. A page may be short though more follow: what a call may look at is bounded. */
  async list(tenant: string, { limit, cursor, state, ...filter }: JobQuery): Promise<Page<JobSummary>> {
    const { jobs, next } = await this.lists.summarize(tenant, { ...filter, ...storedState(state) }, limit, cursor);
    const now = this.clock.now();
    const items = jobs.map((job) => summaryOfJob(job, now));
    // What came due between the database's clock and ours is shown as neither.
    const asAsked = items.filter((item) => state === undefined || item.state === state);
    return { items: asAsked, nextCursor: next === undefined ? null : toCursor(next) };
  }

  private async findFailures(jobId: JobId): Promise<JobFailureEntity[]> {
    const newest = await this.failures.find({ where: { jobId }, order: { fence: 'DESC' }, take: FAILURES_SHOWN });
    return newest.reverse();
  }
}

export function unknownJob(id: JobId): Problem {
  return new Problem('not-found', `There is no job ${id}: it never was, or it finished and its retention is over.`);
}

function storedState(state: ShownState | undefined): Pick<JobFilter, 'state' | 'isDue'> {
  if (state === 'scheduled' || state === 'ready') return { state: 'pending', isDue: state === 'ready' };
  return { state };
}
