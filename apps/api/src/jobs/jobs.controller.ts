import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, pageSchema } from '../documentation/answers.decorator.ts';
import type { Page } from '../http/page.ts';
import { JobOperator } from './job-operator.ts';
import { JobParameters, JobQuery } from './job-query.schema.ts';
import { JobReader } from './job-reader.ts';
import { Job, JobSummary } from './job-view.ts';

@ApiTags('jobs')
@Controller('v1/jobs')
export class JobsController {
  constructor(
    private readonly reader: JobReader,
    private readonly operator: JobOperator,
  ) {}

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'listJobs', summary: 'List jobs, the newest first' })
  @Answers({ schema: pageSchema(JobSummary), description: 'Jobs without their payloads and results' }, [400])
  list(@Tenant() tenant: string, @Query({ schema: JobQuery }) query: JobQuery): Promise<Page<JobSummary>> {
    return this.reader.list(tenant, query);
  }

  @Get(':id')
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'getJob', summary: 'One job, whole, with its failures' })
  @Answers({ schema: Job, description: 'The job' }, [400, 404])
  find(@Tenant() tenant: string, @Param({ schema: JobParameters }) { id }: JobParameters): Promise<Job> {
    return this.reader.find(tenant, id);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'cancelJob', summary: 'Cancel a job; a running one is told to stop' })
  @Answers({ schema: Job, description: 'The job, cancelled, or running with cancelRequestedAt set' }, [400, 404, 409])
  async cancel(@Tenant() tenant: string, @Param({ schema: JobParameters }) { id }: JobParameters): Promise<Job> {
    await this.operator.cancel(tenant, id);
    return this.reader.find(tenant, id);
  }

  @Post(':id/retry')
  @HttpCode(200)
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'retryJob', summary: 'Run a finished job again, with all its attempts' })
  @Answers({ schema: Job, description: 'The job, ready to run' }, [400, 404, 409])
  async retry(@Tenant() tenant: string, @Param({ schema: JobParameters }) { id }: JobParameters): Promise<Job> {
    await this.operator.retry(tenant, id);
    return this.reader.find(tenant, id);
  }
}
