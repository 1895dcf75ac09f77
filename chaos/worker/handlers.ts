import { setTimeout as sleep } from 'node:timers/promises';
import type { JobContext } from '../../apps/worker/src/handling/job-context.ts';
import { note } from './ledger.ts';

export interface EffectPayload {
  /** How long it takes, in milliseconds; the effect happens in the middle. */
  readonly takes?: number;
  /** Fails as many attempts first. */
  readonly failures?: number;
  /** Blocks its thread so long instead of waiting, in milliseconds. */
  readonly blocks?: number;
  /** Ends its process as many times, counted by the fence. */
  readonly crashes?: number;
  /** Does so many steps first. */
  readonly steps?: number;
  /** Shares an effect with every other job of its tenant that names the same. */
  readonly shares?: string;
}

export interface EffectResult {
  readonly fence: number;
  readonly attempt: number;
  readonly pid: number;
}

/** Has one effect that can be counted, and says with which fence. */
class EffectHandler {
  async handle(payload: unknown, context: JobContext): Promise<EffectResult> {
    const { takes = 0, failures = 0, blocks = 0, crashes = 0 } = payload as EffectPayload;
    note('start', context);
    try {
      await doRecorded(payload as EffectPayload, context);
      await sleep(takes / 2, undefined, { signal: context.signal });
      if (context.fence <= crashes) process.abort();
      block(blocks);
      if (context.attempt <= failures) throw new Error(`attempt ${context.attempt} of ${failures} that fail`);
      context.signal.throwIfAborted();
      note('effect', context);
      await sleep(takes / 2, undefined, { signal: context.signal });
      note('end', context, { how: 'returned' });
      return { fence: context.fence, attempt: context.attempt, pid: process.pid };
    } catch (error) {
      note('end', context, { how: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }
}

const STEP_MS = 20;

async function doRecorded({ steps = 0, shares }: EffectPayload, context: JobContext): Promise<void> {
  const noted = async (step: string, record: JobContext['step']): Promise<void> => {
    const by = await record(step, async () => {
      note('step-effect', context, { step });
      await sleep(STEP_MS);
      return `${context.id} ${context.fence}`;
    });
    note('step-result', context, { step, how: JSON.stringify(by) });
  };
  for (let n = 1; n <= steps; n++) await noted(`step ${n}`, context.step);
  if (shares !== undefined) await noted(`once ${shares}`, context.once);
}

function block(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

export const CHAOS_HANDLERS = { 'chaos.effect': EffectHandler };
