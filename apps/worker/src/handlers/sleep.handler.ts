import { setTimeout as sleep } from 'node:timers/promises';
import { DURATION_FORMS, parseDuration } from '@holdfast/runtime';
import { z } from 'zod';
import type { Handler, JobContext } from '../handling/job-context.ts';
import { JobHandler } from '../handling/job-handler.decorator.ts';

const LONGEST_MS = 24 * 3_600_000;

const MESSAGE = `must be at most 24h, written as ${DURATION_FORMS}`;

const SleepPayload = z.strictObject({
  duration: z.union([z.string(), z.number()], MESSAGE).transform((value, context) => {
    const milliseconds = parseDuration(value);
    if (milliseconds !== undefined && milliseconds <= LONGEST_MS) return milliseconds;
    context.addIssue(MESSAGE);
    return z.NEVER;
  }),
});

/** Waits, and stops waiting when told to. */
@JobHandler('sleep', SleepPayload)
export class SleepHandler implements Handler<z.output<typeof SleepPayload>> {
  async handle({ duration }: z.output<typeof SleepPayload>, { signal }: JobContext): Promise<{ slept: number }> {
    await sleep(duration, undefined, { signal });
    return { slept: duration };
  }
}
