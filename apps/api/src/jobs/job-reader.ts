import type { Instant, JobId, ShownState } from '@holdfast/domain';
import { JobEntity, JobFailureEntity, StoreClock, toBytes } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository, SelectQueryBuilder } from 'typeorm';
import { toPage, type Page } from '../http/page.ts';
import { Problem } from '../http/problem.ts';
import type { JobQuery } from './job-query.schema.ts';
import { summaryOfJob, viewOfJob, type Job, type JobSummary } from './job-view.ts';

const FAILURES_SHOWN = 100;
/** What lists leave out: it may be large. */
const LARGE: readonly string[] = ['payload', 'result', 'progress'] satisfies (keyof JobEntity)[];
const BEARS_TAG = 'job.id IN (SELECT job_id FROM job_tags WHERE tenant = :tenant AND tag = :tag)';

/** Answers questions about the jobs of one tenant. */
@Injectable()
export class JobReader {
  constructor(
    @InjectRepository(JobEntity) private readonly jobs: Repository<JobEntity>,
    @InjectRepository(JobFailureEntity) private readonly failures: Repository<JobFailureEntity>,
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
    const failures = entity.fence === 0 ? [] : await this.findFailures(id);
    return { job: viewOfJob(entity, failures, this.clock.now()), entity };
  }

  /** The newest first, by id. */
  async list(tenant: string, query: JobQuery): Promise<Page<JobSummary>> {
    const now = this.clock.now();
    const jobs = await this.select(tenant, query, now)
      .orderBy('job.id', 'DESC')
      .limit(query.limit + 1)
      .getMany();
    return toPage(
      jobs,
      query.limit,
      ({ id }) => id,
      (job) => summaryOfJob(job, now),
    );
  }

  private select(tenant: string, query: JobQuery, now: Instant): SelectQueryBuilder<JobEntity> {
    const { queue, type, tag, state, cursor } = query;
    const select = this.jobs.createQueryBuilder('job').select(this.columns()).where('job.tenant = :tenant', { tenant });
    if (queue !== undefined) select.andWhere('job.queue = :queue', { queue });
    if (type !== undefined) select.andWhere('job.type = :type', { type });
    if (tag !== undefined) select.andWhere(BEARS_TAG, { tag });
    if (cursor !== undefined) select.andWhere('job.id < :cursor', { cursor: toBytes(cursor) });
    if (state !== undefined) whereState(select, state, now);
    return select;
  }

  private columns(): string[] {
    const names = this.jobs.metadata.columns.map(({ propertyName }) => propertyName);
    return names.filter((name) => !LARGE.includes(name)).map((name) => `job.${name}`);
  }

  private async findFailures(jobId: JobId): Promise<JobFailureEntity[]> {
    const newest = await this.failures.find({ where: { jobId }, order: { fence: 'DESC' }, take: FAILURES_SHOWN });
    return newest.reverse();
  }
}

export function unknownJob(id: JobId): Problem {
  return new Problem('not-found', `There is no job ${id}.`);
}

function whereState(select: SelectQueryBuilder<JobEntity>, state: ShownState, now: Instant): void {
  const stored = state === 'scheduled' || state === 'ready' ? 'pending' : state;
  select.andWhere('job.state = :stored', { stored });
  if (state === 'scheduled') select.andWhere('job.runAt > :now', { now: new Date(now) });
  if (state === 'ready') select.andWhere('job.runAt <= :now', { now: new Date(now) });
}
