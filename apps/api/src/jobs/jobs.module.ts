import { JobSubmissionStore } from '@holdfast/persistence';
import { Module } from '@nestjs/common';
import { IndexAnnouncer } from './index-announcer.ts';
import { JobIntake } from './job-intake.ts';
import { JobOperator } from './job-operator.ts';
import { JobReader } from './job-reader.ts';
import { JobsController } from './jobs.controller.ts';
import { QueueDirectory } from './queue-directory.ts';
import { SubmissionBatcher } from './submission-batcher.ts';
import { SubmissionsController } from './submissions.controller.ts';

@Module({
  controllers: [SubmissionsController, JobsController],
  providers: [
    IndexAnnouncer,
    JobIntake,
    JobOperator,
    JobReader,
    QueueDirectory,
    {
      provide: SubmissionBatcher,
      useFactory: (store: JobSubmissionStore) => new SubmissionBatcher(store),
      inject: [JobSubmissionStore],
    },
  ],
  exports: [IndexAnnouncer, JobReader],
})
export class JobsModule {}
