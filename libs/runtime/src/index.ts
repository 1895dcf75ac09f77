export { ConfigurationError, parseConfiguration, readConfiguration } from './configuration/configuration.ts';
export {
  COMMON_SETTINGS,
  commonConfiguration,
  duration,
  flag,
  integer,
  list,
  port,
  retention,
} from './configuration/settings.ts';
export { DURATION_FORMS, parseDuration } from './duration.ts';
export { Lifecycle } from './lifecycle/lifecycle.ts';
export { Loop, type LoopOptions } from './lifecycle/loop.ts';
export { masked, secretsIn } from './logging/secrets.ts';
export { runProgram, type ProgramOptions } from './lifecycle/program.ts';
export { Signal } from './lifecycle/signal.ts';
export { aborted, type StopSignals } from './lifecycle/stop-signals.ts';
export { directLogger } from './logging/logging.ts';
export { Histogram } from './metrics/histogram.ts';
export { Metrics, type Reading } from './metrics/metrics.ts';
export { serverMetrics } from './metrics/server-metrics.ts';
export { RuntimeModule } from './runtime.module.ts';
export { endsWithin } from './lifecycle/patience.ts';
