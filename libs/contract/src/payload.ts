import { JOB_LIMITS, type JsonText } from '@holdfast/domain';
import { z } from 'zod';

/** A payload as it was read and as it is stored, so that it is parsed and written once. */
export interface Payload {
  readonly value: Readonly<Record<string, unknown>>;
  readonly text: JsonText;
}

export const payloadSchema = z
  .record(z.string(), z.unknown(), 'must be an object')
  .transform((value, context): Payload => {
    const fault = shapeFault(value);
    const text = fault === undefined ? JSON.stringify(value) : '';
    const tooLarge = Buffer.byteLength(text) > JOB_LIMITS.payloadBytes;
    if (fault === undefined && !tooLarge) return { value, text };
    context.addIssue(fault ?? `must have at most ${JOB_LIMITS.payloadBytes / 1024} KiB as JSON`);
    return z.NEVER;
  })
  .meta({
    description: `What the handler is given: an object of at most ${JOB_LIMITS.payloadBytes / 1024} KiB`,
    examples: [{ hello: 'world' }],
  });

export const payloadField = payloadSchema.prefault({});

/** What a database or a handler could choke on. Walks without recursion, and no further than the limits. */
function shapeFault(payload: object): string | undefined {
  let keys = 0;
  let level: object[] = [payload];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > JOB_LIMITS.payloadDepth) return `must be nested at most ${JOB_LIMITS.payloadDepth} levels deep`;
    const below: object[] = [];
    for (const each of level) {
      if (!Array.isArray(each)) keys += Object.keys(each).length;
      if (keys > JOB_LIMITS.payloadKeys) return `must have at most ${JOB_LIMITS.payloadKeys} keys in all`;
      for (const value of Object.values(each) as unknown[]) {
        if (typeof value === 'object' && value !== null) below.push(value);
        else if (typeof value === 'number' && !Number.isFinite(value)) return 'has a number that is too large';
      }
    }
    level = below;
  }
  return undefined;
}
