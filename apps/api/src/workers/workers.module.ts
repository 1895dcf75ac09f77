import { Module } from '@nestjs/common';
import { WorkerReader } from './worker-reader.ts';
import { WorkersController } from './workers.controller.ts';

@Module({ controllers: [WorkersController], providers: [WorkerReader], exports: [WorkerReader] })
export class WorkersModule {}
