import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, Examples, pageSchema } from '../documentation/answers.decorator.ts';
import type { Page } from '../http/page.ts';
import { JobReader } from '../jobs/job-reader.ts';
import { JobSummary } from '../jobs/job-view.ts';
import { DeadLetterOperator } from './dead-letter-operator.ts';
import { DeadLetterQuery } from './dead-letter-query.schema.ts';
import { CHOICE_EXAMPLES, LetterChoice, LetterOutcomes } from './letter-choice.schema.ts';

@ApiTags('dead letters')
@Controller('v1/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly reader: JobReader,
    private readonly operator: DeadLetterOperator,
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
  @Answers({ schema: LetterOutcomes, description: 'What became of each' }, [400, 413, 415])
  retry(@Tenant() tenant: string, @Body({ schema: LetterChoice }) choice: LetterChoice): Promise<LetterOutcomes> {
    return this.operator.retry(tenant, choice);
  }

  @Post('discard')
  @HttpCode(200)
  @Scoped('jobs:admin')
  @ApiOperation({ operationId: 'discardDeadLetters', summary: 'Delete dead jobs for good, by ids or by filter' })
  @Examples(CHOICE_EXAMPLES)
  @Answers({ schema: LetterOutcomes, description: 'What became of each' }, [400, 413, 415])
  discard(@Tenant() tenant: string, @Body({ schema: LetterChoice }) choice: LetterChoice): Promise<LetterOutcomes> {
    return this.operator.discard(tenant, choice);
  }
}
