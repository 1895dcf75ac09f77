import { Logger, Module, type DynamicModule, type Type } from '@nestjs/common';
import type { Clock } from '@holdfast/domain';
import { IndexUpkeep } from './index-upkeep.ts';
import { EffectMarks, MARK_DEFAULTS, SubmissionMarks } from './marks.ts';
import { RedisLink, type RedisChange, type RedisLinkOptions } from './redis/redis-link.ts';
import { RedisReadyIndex, type ReadyIndexOptions } from './redis-ready-index.ts';
import { SharedCounts } from './shared-counts.ts';

/** Long enough for a server that is there. */
const FIRST_CONNECTION_MS = 1_000;

/** The index, connected as soon as Redis answers. Programs start without it, too. */
@Module({})
export class QueueModule {
  static connect(options: ReadyIndexOptions & RedisLinkOptions, clock: Type<Clock>): DynamicModule {
    return {
      module: QueueModule,
      global: true,
      providers: [
        { provide: RedisLink, useFactory: () => connect(options) },
        ...[RedisReadyIndex, IndexUpkeep].map((Use) => ({
          provide: Use,
          useFactory: (link: RedisLink, now: Clock) => new Use(link, options, now),
          inject: [RedisLink, clock],
        })),
        ...[EffectMarks, SubmissionMarks].map((Use) => ({
          provide: Use,
          useFactory: (link: RedisLink) => new Use(link, { ...MARK_DEFAULTS, prefix: options.prefix }),
          inject: [RedisLink],
        })),
        {
          provide: SharedCounts,
          useFactory: (link: RedisLink) => new SharedCounts(link, options.prefix),
          inject: [RedisLink],
        },
      ],
      exports: [RedisLink, RedisReadyIndex, IndexUpkeep, SharedCounts, EffectMarks, SubmissionMarks],
    };
  }
}

async function connect(options: RedisLinkOptions): Promise<RedisLink> {
  const link = new RedisLink(options);
  const logger = new Logger('index');
  link.onChange((change) => tell(logger, change));
  await link.connected(FIRST_CONNECTION_MS);
  return link;
}

/** Each change once, however many calls fail in between. */
function tell(logger: Logger, { away, queue, cause }: RedisChange): void {
  const of = queue === undefined ? {} : { queue };
  if (!away) logger.log({ msg: 'Redis answers again', mode: 'normal', ...of });
  else {
    const reason = cause instanceof Error ? cause.message : String(cause);
    logger.warn({ msg: 'Redis is away: MySQL is asked instead', mode: 'index-down', reason, ...of });
  }
}
