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
  adapter: () => new ApiAdapter(),
  prepare: prepareApi,
});
