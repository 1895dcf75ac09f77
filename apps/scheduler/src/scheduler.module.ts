import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Database, DATABASE_DEFAULTS, PersistenceModule, StoreClock } from '@holdfast/persistence';
import { QueueModule, READY_INDEX_DEFAULTS, RedisLink, toldIndex } from '@holdfast/queue';
import { RuntimeModule, serverMetrics } from '@holdfast/runtime';
import { IndexAccess } from './index/index-access.ts';
import { PassMetrics } from './metrics/pass-metrics.ts';
import { QueueFigures } from './metrics/queue-figures.ts';
import { QueueMetrics } from './metrics/queue-metrics.ts';
import { schedulerConfiguration, type SchedulerConfiguration } from './scheduler.configuration.ts';
import { Scheduler } from './scheduler.ts';
import { Stores } from './stores.ts';

@Module({})
export class SchedulerModule {
  static with(configuration: SchedulerConfiguration): DynamicModule {
    const { databaseUrl, databaseConnections, journalAs, redisUrl, redisPrefix } = configuration;
    return {
      module: SchedulerModule,
      imports: [
        ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [schedulerConfiguration] }),
        RuntimeModule.forProgram('scheduler', configuration),
        PersistenceModule.connect({
          ...DATABASE_DEFAULTS,
          url: databaseUrl,
          connections: databaseConnections,
          journalAs,
        }),
        QueueModule.connect({ ...READY_INDEX_DEFAULTS, url: redisUrl, prefix: redisPrefix }, StoreClock),
      ],
      providers: [
        IndexAccess,
        PassMetrics,
        QueueFigures,
        QueueMetrics,
        Scheduler,
        Stores,
        serverMetrics(Database, RedisLink, StoreClock),
        toldIndex(Database),
      ],
    };
  }
}
