import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health/health.controller.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import { loggingModule } from './logging/logging.ts';
import { EventLoopLag } from './metrics/event-loop-lag.ts';
import { METRICS_TOKEN, MetricsController } from './metrics/metrics.controller.ts';
import { Metrics } from './metrics/metrics.ts';

export interface RuntimeOptions {
  readonly logLevel: string;
  readonly metricsToken: string | undefined;
}

/** What every program has: probes, logs, metrics and a lifecycle. */
@Global()
@Module({})
export class RuntimeModule {
  static forProgram(name: string, { logLevel, metricsToken }: RuntimeOptions): DynamicModule {
    return {
      module: RuntimeModule,
      imports: [TerminusModule.forRoot({ errorLogStyle: 'json', logger: false }), loggingModule(name, logLevel)],
      controllers: [HealthController, MetricsController],
      providers: [
        Lifecycle,
        EventLoopLag,
        { provide: Metrics, useValue: new Metrics(name) },
        { provide: METRICS_TOKEN, useValue: metricsToken },
      ],
      exports: [Lifecycle, Metrics],
    };
  }
}
