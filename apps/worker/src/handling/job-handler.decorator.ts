import { applyDecorators, Injectable, SetMetadata } from '@nestjs/common';
import type { z } from 'zod';

export const JOB_HANDLER = Symbol('job handler');

export interface JobHandlerMetadata {
  readonly type: string;
  /** What the payload must look like. One that does not is never tried again. */
  readonly payload: z.ZodType | undefined;
}

/**
 * Makes a class the handler of a job type. It is found at start among the providers of HandlersModule and may have
 * whatever it needs injected.
 */
export function JobHandler(type: string, payload?: z.ZodType): ClassDecorator {
  return applyDecorators(Injectable(), SetMetadata(JOB_HANDLER, { type, payload } satisfies JobHandlerMetadata));
}
