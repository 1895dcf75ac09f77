import { JOB_LIMITS, type JobError } from '@holdfast/domain';
import { masked } from '@holdfast/runtime';

const NAME_LENGTH = 100;
const MESSAGE_LENGTH = 1_000;
/** Characters, so that even with every one escaped the whole stays within its bytes. */
const STACK_LENGTH = (JOB_LIMITS.errorBytes - 2 * MESSAGE_LENGTH) / 3;

/**
 * What is kept of whatever a handler threw.
 *
 * @param secrets that no text may show: handlers like to repeat what they were given
 */
export function toJobError(thrown: unknown, secrets: readonly string[] = []): JobError {
  const kept = (value: unknown, length: number): string => cut(masked(textOf(value), secrets), length);
  if (!(thrown instanceof Error)) return { name: 'Error', message: kept(thrown, MESSAGE_LENGTH) };
  const error = { name: kept(thrown.name, NAME_LENGTH), message: kept(thrown.message, MESSAGE_LENGTH) };
  return thrown.stack === undefined ? error : { ...error, stack: kept(thrown.stack, STACK_LENGTH) };
}

/** Libraries put all kinds of things where a string belongs. */
function textOf(thrown: unknown): string {
  try {
    const text: unknown = typeof thrown === 'string' ? thrown : JSON.stringify(thrown);
    return typeof text === 'string' ? text : 'nothing was thrown';
  } catch {
    return 'a value that cannot be shown';
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
