import { randomFillSync } from 'node:crypto';
import type { Instant, JobId } from '@holdfast/domain';
import { v7 as uuidv7 } from 'uuid';

const ID_BYTES = 16;

/** The system is asked for random bytes for many ids at once: each time costs as much as all the rest of an id. */
const pool = Buffer.alloc(256 * ID_BYTES);
let used = pool.length;
let latest: Instant = 0;
let sequence = 0;

/** A UUID version 7 that sorts behind all that this process made before, also within a millisecond. */
export function newJobId(now: Instant = Date.now()): JobId {
  const random = nextRandom();
  sequence = now > latest ? random.readUInt32BE() >>> 1 : sequence + 1;
  latest = Math.max(latest, now);
  return uuidv7({ msecs: latest, seq: sequence, random });
}

function nextRandom(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += ID_BYTES;
  return pool.subarray(used - ID_BYTES, used);
}
