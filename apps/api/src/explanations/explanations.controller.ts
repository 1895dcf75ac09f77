import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers } from '../documentation/answers.decorator.ts';
import { JobParameters } from '../jobs/job-query.schema.ts';
import { Explainer } from './explainer.ts';
import { Explanation } from './explanation.ts';

@ApiTags('jobs')
@Controller('v1/jobs/:id/explain')
export class ExplanationsController {
  constructor(private readonly explainer: Explainer) {}

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'explainJob', summary: 'Why a job is not running: every reason, and what to do' })
  @Answers({ schema: Explanation, description: 'What is true now' }, [400, 404])
  explain(@Tenant() tenant: string, @Param({ schema: JobParameters }) { id }: JobParameters): Promise<Explanation> {
    return this.explainer.explain(tenant, id);
  }
}
