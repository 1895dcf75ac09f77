import { JOB_LIMITS, type JsonText } from '@holdfast/domain';
import { DoNotRetryError } from '../handling/job-context.ts';

/**
 * What a handler or a step returned, as it is kept.
 *
 * @throws DoNotRetryError when it cannot be kept as JSON, or is too long
 */
export function toResult(value: unknown, of = 'the handler'): JsonText | undefined {
  const text = toJson(value, of);
  if (text === undefined || text.length * 3 <= JOB_LIMITS.resultBytes) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes <= JOB_LIMITS.resultBytes) return text;
  throw new DoNotRetryError(
    `the result of ${of} cannot be kept: ${bytes} bytes as JSON, more than ${JOB_LIMITS.resultBytes}`,
  );
}

function toJson(value: unknown, of: string): JsonText | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new DoNotRetryError(`the result of ${of} cannot be kept: ${(error as Error).message}`);
  }
}
