import { z } from 'zod';
import { DoNotRetryError, type Handler } from '../handling/job-context.ts';
import { JobHandler } from '../handling/job-handler.decorator.ts';

const FailPayload = z.strictObject({ message: z.string().default('told to fail'), retry: z.boolean().default(true) });

/** Always fails; with `retry: false` for good at once. */
@JobHandler('fail', FailPayload)
export class FailHandler implements Handler<z.output<typeof FailPayload>> {
  handle({ message, retry }: z.output<typeof FailPayload>): never {
    throw retry ? new Error(message) : new DoNotRetryError(message);
  }
}
