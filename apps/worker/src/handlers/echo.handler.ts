import type { Handler } from '../handling/job-context.ts';
import { JobHandler } from '../handling/job-handler.decorator.ts';

/** Returns its payload. */
@JobHandler('echo')
export class EchoHandler implements Handler {
  handle(payload: unknown): unknown {
    return payload;
  }
}
