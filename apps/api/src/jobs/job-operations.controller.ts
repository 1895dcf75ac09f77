import { Body, Controller, HttpCode, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, Examples } from '../documentation/answers.decorator.ts';
import { Condition, TakesIfMatch, type TagCondition } from '../http/entity-tags.ts';
import { CHANGE_EXAMPLES, JobChanges } from './job-change.schema.ts';
import { JobChanger } from './job-changer.ts';
import { JobOperator } from './job-operator.ts';
import { JobParameters } from './job-query.schema.ts';
import { JobReader } from './job-reader.ts';
import { Job } from './job-view.ts';
import { tagged } from './tagged-job.ts';

/** Operates on one job. Every answer shows the job afterwards. */
@ApiTags('jobs')
@Controller('v1/jobs/:id')
export class JobOperationsController {
  constructor(
    private readonly reader: JobReader,
    private readonly operator: JobOperator,
    private readonly changer: JobChanger,
  ) {}

  @Patch()
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'changeJob', summary: 'Change a job that is scheduled or ready' })
  @TakesIfMatch()
  @Examples(CHANGE_EXAMPLES)
  @Answers({ schema: Job, description: 'The job, changed', tagged: true }, [400, 404, 409, 412])
  async change(
    @Tenant() tenant: string,
    @Param({ schema: JobParameters }) { id }: JobParameters,
    @Body({ schema: JobChanges }) changes: JobChanges,
    @Condition('If-Match') condition: TagCondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job> {
    await this.changer.change(tenant, id, changes, condition);
    return tagged(reply, await this.reader.find(tenant, id));
  }

  @Post('run-now')
  @HttpCode(200)
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'runJobNow', summary: 'Make a scheduled job due at once' })
  @TakesIfMatch()
  @Answers({ schema: Job, description: 'The job, ready to run', tagged: true }, [400, 404, 409, 412])
  async runNow(
    @Tenant() tenant: string,
    @Param({ schema: JobParameters }) { id }: JobParameters,
    @Condition('If-Match') condition: TagCondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job> {
    await this.operator.runNow(tenant, id, condition);
    return tagged(reply, await this.reader.find(tenant, id));
  }

  @Post('cancel')
  @HttpCode(200)
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'cancelJob', summary: 'Cancel a job; a running one is told to stop' })
  @TakesIfMatch()
  @Answers(
    { schema: Job, description: 'The job, cancelled, or running with cancelRequestedAt set', tagged: true },
    [400, 404, 409, 412],
  )
  async cancel(
    @Tenant() tenant: string,
    @Param({ schema: JobParameters }) { id }: JobParameters,
    @Condition('If-Match') condition: TagCondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job> {
    await this.operator.cancel(tenant, id, condition);
    return tagged(reply, await this.reader.find(tenant, id));
  }

  @Post('retry')
  @HttpCode(200)
  @Scoped('jobs:write')
  @ApiOperation({
    operationId: 'retryJob',
    summary: 'Run a finished job again, with all its attempts',
    description:
      'It is due at once and has no deadline any more. What its failure had cancelled waits for it again. A job that was cancelled because another failed runs whatever became of that one, which its dependsOn then says.',
  })
  @TakesIfMatch()
  @Answers({ schema: Job, description: 'The job, ready to run', tagged: true }, [400, 404, 409, 412])
  async retry(
    @Tenant() tenant: string,
    @Param({ schema: JobParameters }) { id }: JobParameters,
    @Condition('If-Match') condition: TagCondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Job> {
    await this.operator.retry(tenant, id, condition);
    return tagged(reply, await this.reader.find(tenant, id));
  }
}
