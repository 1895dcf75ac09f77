import { setTimeout as pause } from 'node:timers/promises';
import { runProgram } from '@holdfast/runtime';
import { apiConfiguration, type ApiConfiguration } from './api.configuration.ts';
import { ApiModule } from './api.module.ts';
import { ApiAdapter } from './http/api-adapter.ts';
import { prepareApi } from './prepare-api.ts';

await runProgram<ApiConfiguration>({
  name: 'api',
  configure: apiConfiguration,
  module: (configuration) => ApiModule.with(configuration),
  port: ({ port }) => port,
  host: ({ host }) => host,
  adapter: ({ http }) => new ApiAdapter(http),
  prepare: prepareApi,
  drain: (_app, { drainDelayMs }) => pause(drainDelayMs),
});
