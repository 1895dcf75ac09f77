import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health/health.controller.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import { loggingModule } from './logging/logging.ts';

/** What every program has: probes, logs and a lifecycle. */
@Global()
@Module({})
export class RuntimeModule {
  static forProgram(name: string, logLevel: string): DynamicModule {
    return {
      module: RuntimeModule,
      imports: [TerminusModule.forRoot({ errorLogStyle: 'json', logger: false }), loggingModule(name, logLevel)],
      controllers: [HealthController],
      providers: [Lifecycle],
      exports: [Lifecycle],
    };
  }
}
