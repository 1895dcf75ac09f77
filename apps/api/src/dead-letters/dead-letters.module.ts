import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.ts';
import { DeadLettersController } from './dead-letters.controller.ts';

@Module({ imports: [JobsModule], controllers: [DeadLettersController] })
export class DeadLettersModule {}
