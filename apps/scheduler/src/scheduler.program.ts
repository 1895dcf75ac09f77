import { runProgram, type ProgramOptions, type StopSignals } from '@holdfast/runtime';
import { schedulerConfiguration, type SchedulerConfiguration } from './scheduler.configuration.ts';
import { SchedulerModule } from './scheduler.module.ts';
import { Scheduler } from './scheduler.ts';

const scheduler: ProgramOptions<SchedulerConfiguration> = {
  name: 'scheduler',
  configure: schedulerConfiguration,
  module: (configuration) => SchedulerModule.with(configuration),
  port: ({ port }) => port,
  host: ({ host }) => host,
  start: (app) => app.get(Scheduler).start(),
  drain: (app) => app.get(Scheduler).stop(),
};

export function runScheduler(signals: StopSignals): Promise<void> {
  return runProgram(scheduler, signals);
}
