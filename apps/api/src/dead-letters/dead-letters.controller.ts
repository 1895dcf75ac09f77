import { OWN_TYPES } from '@holdfast/domain';
import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { AlsoAnswers, Answers, Examples, pageSchema } from '../documentation/answers.decorator.ts';
import type { Page } from '../http/page.ts';
import { Trace } from '../http/trace.decorator.ts';
import { JobReader } from '../jobs/job-reader.ts';
import { Job, JobSummary } from '../jobs/job-view.ts';
import { DeadLetterOperator } from './dead-letter-operator.ts';
import { DeadLetterQuery } from './dead-letter-query.schema.ts';
import { CHOICE_EXAMPLES, LetterChoice, LetterOutcomes } from './letter-choice.schema.ts';
import { LetterOrders } from './letter-orders.ts';

@ApiTags('dead letters')
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly reader: JobReader,
    private readonly operator: DeadLetterOperator,
    private readonly orders: LetterOrders,
  ) {}

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'listDeadLetters', summary: 'List jobs that failed for good, the newest first' })
  @Answers({ schema: pageSchema(JobSummary), description: 'Dead jobs with their last error' }, [400])
  list(
    @Tenant() tenant: string,
    @Query({ schema: DeadLetterQuery }) query: DeadLetterQuery,
  ): Promise<Page<JobSummary>> {
    return this.reader.list(tenant, { ...query, state: 'dead' });
  }

  @Post('retry')
  @HttpCode(200)
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'retryDeadLetters', summary: 'Run dead jobs again, by ids or by filter' })
  @Examples(CHOICE_EXAMPLES)
  @Answers({ schema: LetterOutcomes, description: 'Of ids: what became of each' }, [400])
  @AlsoAnswers(
    202,
    'Of a filter: the job that does it: progress tells how many while it runs, and its result in the end',
    Job,
    { location: true },
  )
  async retry(
    @Tenant() tenant: string,
    @Body({ schema: LetterChoice }) { ids, filter = {} }: LetterChoice,
    @Trace() traceparent: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LetterOutcomes | Job> {
    if (ids) return this.operator.retry(tenant, ids);
    return accepted(reply, await this.orders.place(tenant, OWN_TYPES.retryDeadLetters, filter, traceparent));
  }

  @Post('discard')
  @HttpCode(200)
  @Scoped('jobs:admin')
  @ApiOperation({ operationId: 'discardDeadLetters', summary: 'Delete dead jobs for good, by ids or by filter' })
  @Examples(CHOICE_EXAMPLES)
  @Answers({ schema: LetterOutcomes, description: 'Of ids: what became of each' }, [400])
  @AlsoAnswers(
    202,
    'Of a filter: the job that does it: progress tells how many while it runs, and its result in the end',
    Job,
    { location: true },
  )
  async discard(
    @Tenant() tenant: string,
    @Body({ schema: LetterChoice }) { ids, filter = {} }: LetterChoice,
    @Trace() traceparent: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LetterOutcomes | Job> {
    if (ids) return this.operator.discard(tenant, ids);
    return accepted(reply, await this.orders.place(tenant, OWN_TYPES.discardDeadLetters, filter, traceparent));
  }
}

function accepted(reply: FastifyReply, job: Job): Job {
  reply.status(202).header('location', `/v1/jobs/${job.id}`);
  return job;
}
