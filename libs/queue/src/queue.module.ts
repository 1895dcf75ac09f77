import { Module, type DynamicModule, type Type } from '@nestjs/common';
import type { Clock } from '@holdfast/domain';
import { RedisReadyIndex, type ReadyIndexOptions } from './redis-ready-index.ts';
import { SharedCounts } from './shared-counts.ts';
import { SUBMISSION_MARK_DEFAULTS, SubmissionMarks } from './submission-marks.ts';

/** Long enough for a server that is there. */
const FIRST_CONNECTION_MS = 1_000;

/** The index, connected as soon as Redis answers. Programs start without it, too. */
@Module({})
export class QueueModule {
  static connect(options: ReadyIndexOptions, clock: Type<Clock>): DynamicModule {
    return {
      module: QueueModule,
      global: true,
      providers: [
        {
          provide: RedisReadyIndex,
          useFactory: async (now: Clock) => {
            const index = new RedisReadyIndex(options, now);
            await index.connected(FIRST_CONNECTION_MS);
            return index;
          },
          inject: [clock],
        },
        {
          provide: SubmissionMarks,
          useFactory: (index: RedisReadyIndex) =>
            new SubmissionMarks(index.redis, { ...SUBMISSION_MARK_DEFAULTS, prefix: options.prefix }),
          inject: [RedisReadyIndex],
        },
        {
          provide: SharedCounts,
          useFactory: (index: RedisReadyIndex) => new SharedCounts(index.redis, options.prefix),
          inject: [RedisReadyIndex],
        },
      ],
      exports: [RedisReadyIndex, SharedCounts, SubmissionMarks],
    };
  }
}
