import { Module, type DynamicModule, type Type } from '@nestjs/common';
import type { Clock } from '@holdfast/domain';
import { RedisReadyIndex, type ReadyIndexOptions } from './redis-ready-index.ts';

/** The index, connected as soon as Redis answers. Programs start without waiting for it. */
@Module({})
export class QueueModule {
  static connect(options: ReadyIndexOptions, clock: Type<Clock>): DynamicModule {
    return {
      module: QueueModule,
      global: true,
      providers: [
        {
          provide: RedisReadyIndex,
          useFactory: (now: Clock) => new RedisReadyIndex(options, now),
          inject: [clock],
        },
      ],
      exports: [RedisReadyIndex],
    };
  }
}
