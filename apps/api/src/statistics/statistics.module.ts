import { Module } from '@nestjs/common';
import { WorkersModule } from '../workers/workers.module.ts';
import { Books } from './books.ts';
import { StatisticsController } from './statistics.controller.ts';
import { Statistics } from './statistics.ts';

@Module({
  imports: [WorkersModule],
  controllers: [StatisticsController],
  providers: [Books, Statistics],
  exports: [Books],
})
export class StatisticsModule {}
