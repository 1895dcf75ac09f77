import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.ts';
import { DeadLetterOperator } from './dead-letter-operator.ts';
import { DeadLettersController } from './dead-letters.controller.ts';
import { LetterOrders } from './letter-orders.ts';

@Module({ imports: [JobsModule], controllers: [DeadLettersController], providers: [DeadLetterOperator, LetterOrders] })
export class DeadLettersModule {}
