import { runProgram, type ProgramOptions, type StopSignals } from '@holdfast/runtime';
import { apiConfiguration, type ApiConfiguration } from './api.configuration.ts';
import { ApiModule } from './api.module.ts';
import { ApiAdapter } from './http/api-adapter.ts';
import { prepareApi } from './prepare-api.ts';

const api: ProgramOptions<ApiConfiguration> = {
  name: 'api',
  configure: apiConfiguration,
  module: (configuration) => ApiModule.with(configuration),
  port: ({ port }) => port,
  host: ({ host }) => host,
  adapter: ({ http }) => new ApiAdapter(http),
  prepare: prepareApi,
  drain: (app, { drainDelayMs }, hurry) => (app.getHttpAdapter() as ApiAdapter).parting.serveOut(drainDelayMs, hurry),
};

export function runApi(signals: StopSignals): Promise<void> {
  return runProgram(api, signals);
}
