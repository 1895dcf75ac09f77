import { MoreJobs } from '@holdfast/contract';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, Examples } from '../documentation/answers.decorator.ts';
import { Trace } from '../http/trace.decorator.ts';
import { MORE_JOBS_EXAMPLES } from './workflow-examples.ts';
import { WorkflowIntake } from './workflow-intake.ts';
import { WorkflowOperator } from './workflow-operator.ts';
import { WorkflowReader } from './workflow-reader.ts';
import { AcceptedJobs, Workflow, WorkflowParameters } from './workflow-view.ts';

/** Operates on a whole workflow. */
@ApiTags('workflows')
@Controller('v1/workflows/:id')
export class WorkflowOperationsController {
  constructor(
    private readonly intake: WorkflowIntake,
    private readonly operator: WorkflowOperator,
    private readonly reader: WorkflowReader,
  ) {}

  @Post('jobs')
  @RouteConfig({ largeBody: true })
  @Scoped('jobs:write')
  @ApiOperation({ operationId: 'addWorkflowJobs', summary: 'Add jobs to a workflow, all or none of them' })
  @Examples(MORE_JOBS_EXAMPLES)
  @Answers({ status: 201, schema: AcceptedJobs, description: 'All of them are durable.' }, [400, 404, 409])
  async add(
    @Tenant() tenant: string,
    @Param({ schema: WorkflowParameters }) { id }: WorkflowParameters,
    @Body({ schema: MoreJobs }) { jobs }: MoreJobs,
    @Trace() traceparent: string | undefined,
  ): Promise<AcceptedJobs> {
    return { jobs: await this.intake.add({ tenant, traceparent }, id, jobs) };
  }

  @Post('cancel')
  @HttpCode(200)
  @Scoped('jobs:write')
  @ApiOperation({
    operationId: 'cancelWorkflow',
    summary: 'Cancel every job that has not finished; running ones are told to stop',
  })
  @Answers(
    { schema: Workflow, description: 'The workflow; jobs that run are cancelled once they have stopped' },
    [400, 404],
  )
  async cancel(
    @Tenant() tenant: string,
    @Param({ schema: WorkflowParameters }) { id }: WorkflowParameters,
  ): Promise<Workflow> {
    await this.operator.cancel(tenant, id);
    return this.reader.find(tenant, id);
  }

  @Post('retry')
  @HttpCode(200)
  @Scoped('jobs:write')
  @ApiOperation({
    operationId: 'retryWorkflow',
    summary: 'Run again, in their order, all jobs that finished without success',
  })
  @Answers({ schema: Workflow, description: 'The workflow, under way again' }, [400, 404])
  async retry(
    @Tenant() tenant: string,
    @Param({ schema: WorkflowParameters }) { id }: WorkflowParameters,
  ): Promise<Workflow> {
    await this.operator.retry(tenant, id);
    return this.reader.find(tenant, id);
  }
}
