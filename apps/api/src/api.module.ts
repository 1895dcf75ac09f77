import { Database, DATABASE_DEFAULTS, PersistenceModule, StoreClock } from '@holdfast/persistence';
import { RepositoriesModule } from '@holdfast/persistence/schema';
import { QueueModule, READY_INDEX_DEFAULTS, RedisLink, toldIndex } from '@holdfast/queue';
import { RuntimeModule, serverMetrics } from '@holdfast/runtime';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { ApiConfiguration } from './api.configuration.ts';
import { AuthenticationGuard } from './authentication/authentication.guard.ts';
import { AuthenticationModule } from './authentication/authentication.module.ts';
import { DeadLettersModule } from './dead-letters/dead-letters.module.ts';
import { EventsModule } from './events/events.module.ts';
import { ExplanationsModule } from './explanations/explanations.module.ts';
import { LogsModule } from './logs/logs.module.ts';
import { ProblemFilter } from './http/problem.filter.ts';
import { QueryGuard } from './http/query.guard.ts';
import { SchemaValidationPipe } from './http/schema-validation.pipe.ts';
import { JobsModule } from './jobs/jobs.module.ts';
import { QueuesModule } from './queues/queues.module.ts';
import { SchedulesModule } from './schedules/schedules.module.ts';
import { StatisticsModule } from './statistics/statistics.module.ts';
import { SystemModule } from './system/system.module.ts';
import { WorkersModule } from './workers/workers.module.ts';
import { WorkflowsModule } from './workflows/workflows.module.ts';

const FEATURES = [
  JobsModule,
  EventsModule,
  ExplanationsModule,
  LogsModule,
  DeadLettersModule,
  QueuesModule,
  SchedulesModule,
  WorkersModule,
  WorkflowsModule,
  StatisticsModule,
  SystemModule,
];

/** Accepts work and answers questions. */
@Module({})
export class ApiModule {
  static with(configuration: ApiConfiguration): DynamicModule {
    const { databaseUrl, databaseConnections, journalAs, redisUrl, redisPrefix, tokens, rates } = configuration;
    return {
      module: ApiModule,
      imports: [
        RuntimeModule.forProgram('api', configuration),
        PersistenceModule.connect({
          ...DATABASE_DEFAULTS,
          url: databaseUrl,
          connections: databaseConnections,
          journalAs,
        }),
        RepositoriesModule,
        QueueModule.connect({ ...READY_INDEX_DEFAULTS, url: redisUrl, prefix: redisPrefix }, StoreClock),
        AuthenticationModule.with(tokens, rates),
        ...FEATURES,
      ],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: SchemaValidationPipe },
        { provide: APP_GUARD, useClass: AuthenticationGuard },
        { provide: APP_GUARD, useClass: QueryGuard },
        serverMetrics(Database, RedisLink, StoreClock),
        toldIndex(Database),
      ],
    };
  }
}
