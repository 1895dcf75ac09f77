import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health/health.controller.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import { LevelSwitch, LOG_LEVEL } from './logging/level-switch.ts';
import { loggingModule } from './logging/logging.ts';
import { EventLoopLag } from './metrics/event-loop-lag.ts';
import { METRICS_TOKEN, MetricsController } from './metrics/metrics.controller.ts';
import { Metrics } from './metrics/metrics.ts';
import type { TracingOptions } from './configuration/tracing-settings.ts';
import { openTracing } from './tracing/open-tracing.ts';
import { Tracing } from './tracing/tracing.ts';

export interface RuntimeOptions {
  readonly logLevel: string;
  readonly metricsToken: string | undefined;
  readonly tracing: TracingOptions | undefined;
}

/** What every program has: probes, logs, metrics, traces and a lifecycle. */
@Global()
@Module({})
export class RuntimeModule {
  static forProgram(name: string, { logLevel, metricsToken, tracing }: RuntimeOptions): DynamicModule {
    return {
      module: RuntimeModule,
      imports: [TerminusModule.forRoot({ errorLogStyle: 'json', logger: false }), loggingModule(name, logLevel)],
      controllers: [HealthController, MetricsController],
      providers: [
        Lifecycle,
        EventLoopLag,
        LevelSwitch,
        { provide: LOG_LEVEL, useValue: logLevel },
        { provide: Metrics, useValue: new Metrics(name) },
        { provide: METRICS_TOKEN, useValue: metricsToken },
        { provide: Tracing, useFactory: () => openTracing(name, tracing) },
      ],
      exports: [Lifecycle, Metrics, Tracing],
    };
  }
}
