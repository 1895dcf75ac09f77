import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.ts';
import { WorkflowIntake } from './workflow-intake.ts';
import { WorkflowOperationsController } from './workflow-operations.controller.ts';
import { WorkflowOperator } from './workflow-operator.ts';
import { WorkflowReader } from './workflow-reader.ts';
import { WorkflowsController } from './workflows.controller.ts';

@Module({
  imports: [JobsModule],
  controllers: [WorkflowsController, WorkflowOperationsController],
  providers: [WorkflowIntake, WorkflowOperator, WorkflowReader],
})
export class WorkflowsModule {}
