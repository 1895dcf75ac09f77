import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { DiscoveryModule } from '@nestjs/core';
import { Database, DATABASE_DEFAULTS, PersistenceModule, StoreClock } from '@holdfast/persistence';
import { QueueModule, READY_INDEX_DEFAULTS, RedisLink, toldIndex } from '@holdfast/queue';
import { RuntimeModule, serverMetrics } from '@holdfast/runtime';
import { HandlerRegistry } from './handling/handler-registry.ts';
import { HandlersModule } from './handlers/handlers.module.ts';
import { Isolation } from './isolation/isolation.ts';
import { Quarantine } from './isolation/quarantine.ts';
import { Launcher } from './launcher.ts';
import { LeaseKeeper } from './leasing/lease-keeper.ts';
import { RenewalThread } from './leasing/renewal-thread.ts';
import { VitalSigns } from './leasing/vital-signs.ts';
import { JobTimes } from './metrics/job-times.ts';
import { WorkerMetrics } from './metrics/worker-metrics.ts';
import { Attention } from './running/attention.ts';
import { CancelWatch } from './running/cancel-watch.ts';
import { ClaimContext } from './running/claim-context.ts';
import { Consumer } from './running/consumer.ts';
import { ContextMaker } from './running/context-maker.ts';
import { HandlerCaller } from './running/handler-caller.ts';
import { HeldJobs } from './running/held-jobs.ts';
import { Intake } from './running/intake.ts';
import { JobCanceller } from './running/job-canceller.ts';
import { JobNotes } from './running/job-notes.ts';
import { JobPool } from './running/job-pool.ts';
import { JobRunner } from './running/job-runner.ts';
import { JobSource } from './running/job-source.ts';
import { LogWriter } from './running/log-writer.ts';
import { Neighbours } from './running/neighbours.ts';
import { ProgressWriter } from './running/progress-writer.ts';
import { QueueWatch } from './running/queue-watch.ts';
import { Settler } from './running/settler.ts';
import { StartTime } from './running/start-time.ts';
import { TracedRunner } from './running/traced-runner.ts';
import { WakeUps } from './running/wake-ups.ts';
import { WeightWatch } from './running/weight-watch.ts';
import { WorkRecords } from './running/work-records.ts';
import { workerConfiguration, type WorkerConfiguration } from './worker.configuration.ts';

@Module({})
export class WorkerModule {
  static with(configuration: WorkerConfiguration): DynamicModule {
    const { databaseUrl, databaseConnections, journalAs, redisUrl, redisPrefix } = configuration;
    return {
      module: WorkerModule,
      imports: [
        ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [workerConfiguration] }),
        RuntimeModule.forProgram('worker', configuration),
        PersistenceModule.connect({
          ...DATABASE_DEFAULTS,
          url: databaseUrl,
          connections: databaseConnections,
          journalAs,
        }),
        QueueModule.connect({ ...READY_INDEX_DEFAULTS, url: redisUrl, prefix: redisPrefix }, StoreClock),
        DiscoveryModule,
        HandlersModule,
      ],
      providers: [
        Attention,
        CancelWatch,
        ClaimContext,
        Consumer,
        ContextMaker,
        HandlerCaller,
        HandlerRegistry,
        HeldJobs,
        Intake,
        Isolation,
        JobCanceller,
        JobNotes,
        JobPool,
        JobRunner,
        JobSource,
        JobTimes,
        Launcher,
        LeaseKeeper,
        RenewalThread,
        LogWriter,
        Neighbours,
        ProgressWriter,
        Quarantine,
        QueueWatch,
        Settler,
        StartTime,
        TracedRunner,
        VitalSigns,
        WakeUps,
        WeightWatch,
        WorkRecords,
        WorkerMetrics,
        serverMetrics(Database, RedisLink, StoreClock),
        toldIndex(Database),
      ],
    };
  }
}
