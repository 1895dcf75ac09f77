import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { DATABASE_DEFAULTS, PersistenceModule, StoreClock } from '@holdfast/persistence';
import { QueueModule, READY_INDEX_DEFAULTS } from '@holdfast/queue';
import { RuntimeModule } from '@holdfast/runtime';
import { IndexAccess } from './index/index-access.ts';
import { schedulerConfiguration, type SchedulerConfiguration } from './scheduler.configuration.ts';
import { Scheduler } from './scheduler.ts';
import { Stores } from './stores.ts';

@Module({})
export class SchedulerModule {
  static with(configuration: SchedulerConfiguration): DynamicModule {
    const { databaseUrl, databaseConnections, journalAs, redisUrl, redisPrefix, logLevel } = configuration;
    return {
      module: SchedulerModule,
      imports: [
        ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [schedulerConfiguration] }),
        RuntimeModule.forProgram('scheduler', logLevel),
        PersistenceModule.connect({
          ...DATABASE_DEFAULTS,
          url: databaseUrl,
          connections: databaseConnections,
          journalAs,
        }),
        QueueModule.connect({ ...READY_INDEX_DEFAULTS, url: redisUrl, prefix: redisPrefix }, StoreClock),
      ],
      providers: [IndexAccess, Scheduler, Stores],
    };
  }
}
