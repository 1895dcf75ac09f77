import { Module } from '@nestjs/common';
import { KeyedBatcher, PlainBatcher } from './batchers.ts';
import { IndexAnnouncer } from './index-announcer.ts';
import { JobIntake } from './job-intake.ts';
import { JobOperator } from './job-operator.ts';
import { JobReader } from './job-reader.ts';
import { JobsController } from './jobs.controller.ts';
import { KeyedIntake } from './keyed-intake.ts';
import { QueueDirectory } from './queue-directory.ts';
import { SubmissionsController } from './submissions.controller.ts';

@Module({
  controllers: [SubmissionsController, JobsController],
  providers: [
    IndexAnnouncer,
    JobIntake,
    JobOperator,
    JobReader,
    KeyedBatcher,
    KeyedIntake,
    PlainBatcher,
    QueueDirectory,
  ],
  exports: [IndexAnnouncer, JobReader],
})
export class JobsModule {}
