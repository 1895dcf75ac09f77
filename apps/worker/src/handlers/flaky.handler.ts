import { z } from 'zod';
import type { Handler, JobContext } from '../handling/job-context.ts';
import { JobHandler } from '../handling/job-handler.decorator.ts';

const FlakyPayload = z.strictObject({ failures: z.int().min(0).max(100) });

/** Fails its first attempts, then succeeds. */
@JobHandler('flaky', FlakyPayload)
export class FlakyHandler implements Handler<z.output<typeof FlakyPayload>> {
  handle({ failures }: z.output<typeof FlakyPayload>, { attempt }: JobContext): { attempts: number } {
    if (attempt <= failures) throw new Error(`attempt ${attempt} of ${failures} that fail`);
    return { attempts: attempt };
  }
}
