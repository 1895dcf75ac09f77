import { JobLogStore } from '@holdfast/persistence';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, pageSchema } from '../documentation/answers.decorator.ts';
import { toPage, type Page } from '../http/page.ts';
import { JobParameters } from '../jobs/job-query.schema.ts';
import { JobReader } from '../jobs/job-reader.ts';
import { keyOfLine, LogLine, LogQuery, positionOf, viewOfLine } from './log-view.ts';

/** Shows what handlers wrote down beside their jobs. */
@ApiTags('jobs')
@Controller('v1/jobs/:id/logs')
export class LogsController {
  constructor(
    private readonly reader: JobReader,
    private readonly logs: JobLogStore,
  ) {}

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'listJobLogs', summary: 'The lines that the handler kept with a job, the oldest first' })
  @Answers({ schema: pageSchema(LogLine), description: 'Lines of its last attempts' }, [400, 404])
  async list(
    @Tenant() tenant: string,
    @Param({ schema: JobParameters }) { id }: JobParameters,
    @Query({ schema: LogQuery }) { limit, cursor }: LogQuery,
  ): Promise<Page<LogLine>> {
    await this.reader.find(tenant, id);
    return toPage(await this.logs.list(id, positionOf(cursor), limit + 1), limit, keyOfLine, viewOfLine);
  }
}
