import { Module } from '@nestjs/common';
import { JobsModule } from '../jobs/jobs.module.ts';
import { StatisticsModule } from '../statistics/statistics.module.ts';
import { WorkersModule } from '../workers/workers.module.ts';
import { Explainer } from './explainer.ts';
import { ExplanationsController } from './explanations.controller.ts';
import { Ground } from './ground.ts';
import { StartRates } from './start-rates.ts';

@Module({
  imports: [JobsModule, StatisticsModule, WorkersModule],
  controllers: [ExplanationsController],
  providers: [Explainer, Ground, StartRates],
})
export class ExplanationsModule {}
