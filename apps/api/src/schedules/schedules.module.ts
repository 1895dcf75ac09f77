import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.ts';
import { OccurrenceReader } from './occurrence-reader.ts';
import { ScheduleKeeper } from './schedule-keeper.ts';
import { ScheduleOperationsController } from './schedule-operations.controller.ts';
import { ScheduleReader } from './schedule-reader.ts';
import { ScheduleRunner } from './schedule-runner.ts';
import { ScheduleTimesController } from './schedule-times.controller.ts';
import { SchedulesController } from './schedules.controller.ts';

@Module({
  imports: [JobsModule],
  controllers: [SchedulesController, ScheduleTimesController, ScheduleOperationsController],
  providers: [OccurrenceReader, ScheduleKeeper, ScheduleReader, ScheduleRunner],
})
export class SchedulesModule {}
