import { AcceptedBatch, Submission, SubmissionBatch } from '@holdfast/contract';
import { Body, Controller, Post, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { AlsoAnswers, Answers, Examples } from '../documentation/answers.decorator.ts';
import { Trace } from '../http/trace.decorator.ts';
import { IdempotencyKey, TakesIdempotencyKey, type RequestKey } from './idempotency-key.decorator.ts';
import { JobIntake } from './job-intake.ts';
import { JobReader } from './job-reader.ts';
import { Job, viewOfNew } from './job-view.ts';
import { KeyedIntake } from './keyed-intake.ts';
import { standingFor, type Accepted, type Order } from './order.ts';
import { BATCH_EXAMPLES, SUBMISSION_EXAMPLES } from './submission-examples.ts';
import { tagged, taggedNew } from './tagged-job.ts';

const SUBMISSION_PROBLEMS = [400, 409, 422] as const;

@ApiTags('jobs')
@Controller('v1/jobs')
export class SubmissionsController {
  constructor(
    private readonly intake: JobIntake,
    private readonly keyed: KeyedIntake,
    private readonly reader: JobReader,
  ) {}

  @Post()
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'submitJob', summary: 'Submit a job' })
  @TakesIdempotencyKey()
  @Examples(SUBMISSION_EXAMPLES)
  @Answers(
    {
      status: 201,
      schema: Job,
      description: 'The job is durable. With dependsOn there is no ETag: reads show more.',
      location: true,
      tagged: true,
    },
    SUBMISSION_PROBLEMS,
  )
  @AlsoAnswers(200, 'The job that holds the uniqueKey; Unique-Key-Conflict says whether it was replaced', Job, {
    location: true,
    tagged: true,
    conflict: true,
  })
  async submit(
    @Tenant() tenant: string,
    @Body({ schema: Submission }) submission: Submission,
    @IdempotencyKey() key: RequestKey | undefined,
    @Trace() traceparent: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job | undefined> {
    const order = { tenant, submissions: [submission], pointerOf: () => '', traceparent };
    const accepted = await this.accept(order, key, reply);
    const [job] = accepted.jobs;
    if (!job) return undefined;
    const standing = standingFor(accepted, 0);
    reply.header('location', `/v1/jobs/${standing?.id ?? job.id}`);
    if (!standing) return taggedNew(reply, viewOfNew(job, submission));
    reply.status(200).header('unique-key-conflict', standing.conflict);
    return tagged(reply, await this.reader.find(tenant, standing.id));
  }

  @Post('batch')
  @RouteConfig({ largeBody: true })
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'submitJobs', summary: 'Submit up to 1,000 jobs, all or none of them' })
  @TakesIdempotencyKey()
  @Examples(BATCH_EXAMPLES)
  @Answers({ status: 201, schema: AcceptedBatch, description: 'All jobs are durable.' }, SUBMISSION_PROBLEMS)
  @AlsoAnswers(200, 'No job is new: others hold the unique keys of all', AcceptedBatch)
  async submitBatch(
    @Tenant() tenant: string,
    @Body({ schema: SubmissionBatch }) batch: SubmissionBatch,
    @IdempotencyKey() key: RequestKey | undefined,
    @Trace() traceparent: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcceptedBatch> {
    const pointerOf = (index: number): string => `/jobs/${index}`;
    const accepted = await this.accept({ tenant, submissions: batch.jobs, pointerOf, traceparent }, key, reply);
    const items = accepted.jobs.map(({ id }, index) => standingFor(accepted, index) ?? { id });
    if (items.every((item) => 'conflict' in item)) reply.status(200);
    return { items };
  }

  private async accept(order: Order, key: RequestKey | undefined, reply: FastifyReply): Promise<Accepted> {
    const accepted = await (key === undefined ? this.intake.submit(order) : this.keyed.submit(order, key));
    if (accepted.replayed) reply.header('idempotency-replayed', 'true');
    return accepted;
  }
}
