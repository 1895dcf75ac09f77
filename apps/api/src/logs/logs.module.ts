import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.ts';
import { LogsController } from './logs.controller.ts';

@Module({ imports: [JobsModule], controllers: [LogsController] })
export class LogsModule {}
