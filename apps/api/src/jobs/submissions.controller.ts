import { StoreClock } from '@holdfast/persistence';
import { Body, Controller, Post, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, Examples } from '../documentation/answers.decorator.ts';
import { BATCH_BODY_BYTES } from '../http/api-adapter.ts';
import { Trace } from '../http/trace.decorator.ts';
import { JobIntake } from './job-intake.ts';
import { Job, viewOfNew } from './job-view.ts';
import { BATCH_EXAMPLES, SUBMISSION_EXAMPLES } from './submission-examples.ts';
import { AcceptedBatch, Submission, SubmissionBatch } from './submission.schema.ts';

@ApiTags('jobs')
@Controller('v1/jobs')
export class SubmissionsController {
  constructor(
    private readonly intake: JobIntake,
    private readonly clock: StoreClock,
  ) {}

  @Post()
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'submitJob', summary: 'Submit a job' })
  @Examples(SUBMISSION_EXAMPLES)
  @Answers({ status: 201, schema: Job, description: 'The job is durable.', location: true }, [400, 409, 413, 415])
  async submit(
    @Tenant() tenant: string,
    @Body({ schema: Submission }) submission: Submission,
    @Trace() trace: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job | undefined> {
    const [job] = await this.intake.submit(tenant, [submission], () => '', trace);
    if (!job) return undefined;
    reply.header('location', `/v1/jobs/${job.id}`);
    return viewOfNew(job, submission, this.clock.now());
  }

  @Post('batch')
  @RouteConfig({ bodyLimit: BATCH_BODY_BYTES })
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'submitJobs', summary: 'Submit up to 1,000 jobs, all or none of them' })
  @Examples(BATCH_EXAMPLES)
  @Answers({ status: 201, schema: AcceptedBatch, description: 'All jobs are durable.' }, [400, 409, 413, 415])
  async submitBatch(
    @Tenant() tenant: string,
    @Body({ schema: SubmissionBatch }) batch: SubmissionBatch,
    @Trace() trace: string | undefined,
  ): Promise<AcceptedBatch> {
    const jobs = await this.intake.submit(tenant, batch.jobs, (index) => `/jobs/${index}`, trace);
    return { items: jobs.map(({ id }) => ({ id })) };
  }
}
