import { Injectable } from '@nestjs/common';
import { IndexUpkeep, RedisReadyIndex } from '@holdfast/queue';

/** What the passes work on in Redis. */
@Injectable()
export class IndexAccess {
  constructor(
    readonly ready: RedisReadyIndex,
    readonly upkeep: IndexUpkeep,
  ) {}
}
