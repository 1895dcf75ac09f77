import { runProgram } from '@holdfast/runtime';
import { Launcher } from './launcher.ts';
import { workerConfiguration, type WorkerConfiguration } from './worker.configuration.ts';
import { WorkerModule } from './worker.module.ts';

await runProgram<WorkerConfiguration>({
  name: 'worker',
  configure: workerConfiguration,
  module: (configuration) => WorkerModule.with(configuration),
  port: ({ port }) => port,
  host: ({ host }) => host,
  start: (app) => app.get(Launcher).start(),
  drain: (app) => app.get(Launcher).drain(),
});
