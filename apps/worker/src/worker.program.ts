import { runProgram, type ProgramOptions, type StopSignals } from '@holdfast/runtime';
import { Launcher } from './launcher.ts';
import { workerConfiguration, type WorkerConfiguration } from './worker.configuration.ts';
import { WorkerModule } from './worker.module.ts';

const worker: ProgramOptions<WorkerConfiguration> = {
  name: 'worker',
  configure: workerConfiguration,
  module: (configuration) => WorkerModule.with(configuration),
  port: ({ port }) => port,
  host: ({ host }) => host,
  start: (app) => app.get(Launcher).start(),
  drain: (app, _configuration, hurry) => app.get(Launcher).drain(hurry),
};

export function runWorker(signals: StopSignals): Promise<void> {
  return runProgram(worker, signals);
}
