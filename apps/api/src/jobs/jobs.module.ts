import { Module } from '@nestjs/common';
import { KeyedBatcher, PlainBatcher, UniqueBatcher } from './batchers.ts';
import { IndexAnnouncer } from './index-announcer.ts';
import { IntakeMetrics } from './intake-metrics.ts';
import { JobChanger } from './job-changer.ts';
import { JobIntake } from './job-intake.ts';
import { JobOperationsController } from './job-operations.controller.ts';
import { JobOperator } from './job-operator.ts';
import { JobReader } from './job-reader.ts';
import { JobWatch } from './job-watch.ts';
import { JobsController } from './jobs.controller.ts';
import { KeyedIntake } from './keyed-intake.ts';
import { QueueDirectory } from './queue-directory.ts';
import { SubmissionsController } from './submissions.controller.ts';

@Module({
  controllers: [SubmissionsController, JobsController, JobOperationsController],
  providers: [
    IndexAnnouncer,
    IntakeMetrics,
    JobChanger,
    JobIntake,
    JobOperator,
    JobReader,
    JobWatch,
    KeyedBatcher,
    KeyedIntake,
    PlainBatcher,
    QueueDirectory,
    UniqueBatcher,
  ],
  exports: [IndexAnnouncer, JobIntake, JobReader, KeyedIntake, QueueDirectory],
})
export class JobsModule {}
