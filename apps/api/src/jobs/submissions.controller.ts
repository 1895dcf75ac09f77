import { AcceptedBatch, Submission, SubmissionBatch } from '@holdfast/contract';
import { Body, Controller, Post, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, Examples } from '../documentation/answers.decorator.ts';
import { Trace } from '../http/trace.decorator.ts';
import { IdempotencyKey, TakesIdempotencyKey, type RequestKey } from './idempotency-key.decorator.ts';
import { JobIntake, type Order } from './job-intake.ts';
import { Job, viewOfNew } from './job-view.ts';
import { KeyedIntake, type Accepted } from './keyed-intake.ts';
import { BATCH_EXAMPLES, SUBMISSION_EXAMPLES } from './submission-examples.ts';

@ApiTags('jobs')
@Controller('v1/jobs')
export class SubmissionsController {
  constructor(
    private readonly intake: JobIntake,
    private readonly keyed: KeyedIntake,
  ) {}

  @Post()
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'submitJob', summary: 'Submit a job' })
  @TakesIdempotencyKey()
  @Examples(SUBMISSION_EXAMPLES)
  @Answers({ status: 201, schema: Job, description: 'The job is durable.', location: true }, [400, 409, 413, 415, 422])
  async submit(
    @Tenant() tenant: string,
    @Body({ schema: Submission }) submission: Submission,
    @IdempotencyKey() key: RequestKey | undefined,
    @Trace() traceparent: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job | undefined> {
    const order = { tenant, submissions: [submission], pointerOf: () => '', traceparent };
    const [job] = await this.accept(order, key, reply);
    if (!job) return undefined;
    reply.header('location', `/v1/jobs/${job.id}`);
    return viewOfNew(job, submission);
  }

  @Post('batch')
  @RouteConfig({ largeBody: true })
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'submitJobs', summary: 'Submit up to 1,000 jobs, all or none of them' })
  @TakesIdempotencyKey()
  @Examples(BATCH_EXAMPLES)
  @Answers({ status: 201, schema: AcceptedBatch, description: 'All jobs are durable.' }, [400, 409, 413, 415, 422])
  async submitBatch(
    @Tenant() tenant: string,
    @Body({ schema: SubmissionBatch }) batch: SubmissionBatch,
    @IdempotencyKey() key: RequestKey | undefined,
    @Trace() traceparent: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcceptedBatch> {
    const pointerOf = (index: number): string => `/jobs/${index}`;
    const jobs = await this.accept({ tenant, submissions: batch.jobs, pointerOf, traceparent }, key, reply);
    return { items: jobs.map(({ id }) => ({ id })) };
  }

  private async accept(order: Order, key: RequestKey | undefined, reply: FastifyReply): Promise<Accepted['jobs']> {
    if (key === undefined) return this.intake.submit(order);
    const { jobs, replayed } = await this.keyed.submit(order, key);
    if (replayed) reply.header('idempotency-replayed', 'true');
    return jobs;
  }
}
