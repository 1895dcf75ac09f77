export { IndexAwayError } from './breaker.ts';
export { IndexInspector, type IndexServer } from './index-inspector.ts';
export { IndexChannels, type IndexListeners } from './index-channels.ts';
export { INDEX_FAULTS, IndexUpkeep, type IndexFault } from './index-upkeep.ts';
export { EffectMarks, SubmissionMarks, type Precedence } from './marks.ts';
export { QueueModule } from './queue.module.ts';
export { READY_INDEX_DEFAULTS, RedisReadyIndex, type IndexPlace, type ReadyIndexOptions } from './redis-ready-index.ts';
export { RedisLink, type RedisLinkOptions } from './redis/redis-link.ts';
export { SharedCounts } from './shared-counts.ts';
