import type { Instant } from '../job/scalars.ts';
import type { ScheduleId } from './schedule.ts';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * By how much a tick's job is put off: the same whoever asks and whenever, different from tick to tick and from schedule to
 * schedule. @returns milliseconds from 0 to `jitterMs`, both included
 */
export function spreadOf(scheduleId: ScheduleId, tickAt: Instant, jitterMs: number): number {
  if (jitterMs === 0) return 0;
  let hash = FNV_OFFSET;
  for (const character of `${scheduleId} ${tickAt}`) {
    hash = Math.imul(hash ^ character.charCodeAt(0), FNV_PRIME);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b); // the last characters alone differ: spread them over all bits
  hash = (hash ^ (hash >>> 16)) >>> 0;
  return Math.floor((hash / 2 ** 32) * (jitterMs + 1));
}
