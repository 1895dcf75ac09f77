import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, pageSchema } from '../documentation/answers.decorator.ts';
import type { Page } from '../http/page.ts';
import { JobReader } from '../jobs/job-reader.ts';
import { JobSummary } from '../jobs/job-view.ts';
import { DeadLetterQuery } from './dead-letter-query.schema.ts';

@ApiTags('dead letters')
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(private readonly reader: JobReader) {}

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
}
