import { isFinished } from '@holdfast/domain';
import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, AlsoAnswers, pageSchema } from '../documentation/answers.decorator.ts';
import { AnswersWithin } from '../http/answer-deadline.ts';
import { closing } from '../http/closing.ts';
import { Condition, entityTagOf, meetsWeakly, type TagCondition } from '../http/entity-tags.ts';
import type { Page } from '../http/page.ts';
import { JobParameters, JobQuery, WAIT_MAX_MS, WaitQuery } from './job-query.schema.ts';
import { JobReader } from './job-reader.ts';
import { Job, JobSummary } from './job-view.ts';
import { JobWatch } from './job-watch.ts';
import { tagged } from './tagged-job.ts';

/** For the answer itself, beyond the longest wait. */
const ANSWERING_MS = 10_000;

/** Answers questions about jobs. */
@ApiTags('jobs')
@Controller('v1/jobs')
export class JobsController {
  constructor(
    private readonly reader: JobReader,
    private readonly watch: JobWatch,
  ) {}

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'listJobs', summary: 'List jobs, the newest first' })
  @Answers(
    {
      schema: pageSchema(JobSummary),
      description:
        'Jobs without their payloads and results; fewer than the limit may be there though nextCursor names more',
    },
    [400],
  )
  list(@Tenant() tenant: string, @Query({ schema: JobQuery }) query: JobQuery): Promise<Page<JobSummary>> {
    return this.reader.list(tenant, query);
  }

  @Get(':id')
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'getJob', summary: 'One job, whole, with its failures' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'The ETag of what is known already' })
  @Answers({ schema: Job, description: 'The job', tagged: true }, [400, 404])
  @AlsoAnswers(304, 'The job is as If-None-Match says')
  async find(
    @Tenant() tenant: string,
    @Param({ schema: JobParameters }) { id }: JobParameters,
    @Condition('If-None-Match') known: TagCondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job | undefined> {
    const job = tagged(reply, await this.reader.find(tenant, id));
    if (known === undefined || !meetsWeakly(known, entityTagOf(job))) return job;
    reply.status(304);
    return undefined;
  }

  @Get(':id/wait')
  @AnswersWithin(WAIT_MAX_MS + ANSWERING_MS)
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'waitForJob', summary: 'Answer when the job has finished' })
  @Answers({ schema: Job, description: 'The job, finished', tagged: true }, [400, 404])
  @AlsoAnswers(202, 'The job, which has not finished within the timeout', Job)
  async wait(
    @Tenant() tenant: string,
    @Param({ schema: JobParameters }) { id }: JobParameters,
    @Query({ schema: WaitQuery }) { timeout }: WaitQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job> {
    const job = tagged(reply, await this.reader.find(tenant, id));
    if (hasFinished(job)) return job;
    await this.watch.finished(id, timeout, closing(reply));
    const later = tagged(reply, await this.reader.find(tenant, id));
    if (!hasFinished(later)) reply.status(202);
    return later;
  }
}

function hasFinished({ state }: Job): boolean {
  return state !== 'scheduled' && state !== 'ready' && isFinished(state);
}
