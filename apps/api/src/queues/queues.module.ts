import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.ts';
import { StatisticsModule } from '../statistics/statistics.module.ts';
import { QueueOperator } from './queue-operator.ts';
import { QueuesController } from './queues.controller.ts';

@Module({ imports: [JobsModule, StatisticsModule], controllers: [QueuesController], providers: [QueueOperator] })
export class QueuesModule {}
