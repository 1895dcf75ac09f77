import { NewWorkflow } from '@holdfast/contract';
import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { Scoped } from '../authentication/scopes.decorator.ts';
import { Tenant } from '../authentication/tenant.decorator.ts';
import { Answers, Examples, pageSchema } from '../documentation/answers.decorator.ts';
import type { Page } from '../http/page.ts';
import { Trace } from '../http/trace.decorator.ts';
import { IdempotencyKey, TakesIdempotencyKey, type RequestKey } from '../jobs/idempotency-key.decorator.ts';
import { WORKFLOW_EXAMPLES } from './workflow-examples.ts';
import { WorkflowIntake } from './workflow-intake.ts';
import { WorkflowReader } from './workflow-reader.ts';
import { AcceptedWorkflow, Workflow, WorkflowParameters, WorkflowQuery, WorkflowSummary } from './workflow-view.ts';

/** Takes in workflows, and shows how far they are. */
@ApiTags('workflows')
@Controller('v1/workflows')
export class WorkflowsController {
  constructor(
    private readonly intake: WorkflowIntake,
    private readonly reader: WorkflowReader,
  ) {}

  @Post()
  @RouteConfig({ largeBody: true })
  @Scoped('jobs:write')
  @ApiOperation({
    operationId: 'submitWorkflow',
    summary: 'Submit jobs that wait for one another, all or none of them',
  })
  @TakesIdempotencyKey()
  @Examples(WORKFLOW_EXAMPLES)
  @Answers(
    { status: 201, schema: AcceptedWorkflow, description: 'All jobs are durable.', location: true },
    [400, 409, 422],
  )
  async submit(
    @Tenant() tenant: string,
    @Body({ schema: NewWorkflow }) workflow: NewWorkflow,
    @IdempotencyKey() key: RequestKey | undefined,
    @Trace() traceparent: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcceptedWorkflow> {
    const { accepted, replayed } = await this.intake.submit({ tenant, traceparent }, workflow, key);
    if (replayed) reply.header('idempotency-replayed', 'true');
    reply.header('location', `/v1/workflows/${accepted.id}`);
    return accepted;
  }

  @Get()
  @Scoped('jobs:read')
  @ApiOperation({ operationId: 'listWorkflows', summary: 'List workflows, the newest first' })
  @Answers({ schema: pageSchema(WorkflowSummary), description: 'Workflows without their jobs' }, [400])
  list(
    @Tenant() tenant: string,
    @Query({ schema: WorkflowQuery }) query: WorkflowQuery,
  ): Promise<Page<WorkflowSummary>> {
    return this.reader.list(tenant, query);
  }

  @Get(':id')
  @Scoped('jobs:read')
  @ApiOperation({
    operationId: 'getWorkflow',
    summary: 'One workflow: how far it is, its jobs, and who waits for whom',
  })
  @Answers({ schema: Workflow, description: 'The workflow' }, [400, 404])
  find(@Tenant() tenant: string, @Param({ schema: WorkflowParameters }) { id }: WorkflowParameters): Promise<Workflow> {
    return this.reader.find(tenant, id);
  }
}
