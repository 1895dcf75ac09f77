import { Module } from '@nestjs/common';
import { StatisticsModule } from '../statistics/statistics.module.ts';
import { QueuesController } from './queues.controller.ts';

@Module({ imports: [StatisticsModule], controllers: [QueuesController] })
export class QueuesModule {}
