import { JOB_LIMITS, type JobError } from '@holdfast/domain';

const NAME_LENGTH = 100;
const MESSAGE_LENGTH = 1_000;
/** Characters, so that even with every one escaped the whole stays within its bytes. */
const STACK_LENGTH = (JOB_LIMITS.errorBytes - 2 * MESSAGE_LENGTH) / 3;

/** What is kept of whatever a handler threw. */
export function toJobError(thrown: unknown): JobError {
  if (!(thrown instanceof Error)) return { name: 'Error', message: cut(describe(thrown), MESSAGE_LENGTH) };
  const error = { name: cut(thrown.name, NAME_LENGTH), message: cut(thrown.message, MESSAGE_LENGTH) };
  return thrown.stack === undefined ? error : { ...error, stack: cut(thrown.stack, STACK_LENGTH) };
}

function describe(thrown: unknown): string {
  try {
    const text: unknown = typeof thrown === 'string' ? thrown : JSON.stringify(thrown);
    return typeof text === 'string' ? text : 'nothing was thrown';
  } catch {
    return 'a value that cannot be shown';
  }
}

/** Libraries put all kinds of things where a string belongs. */
function cut(value: unknown, length: number): string {
  const text = typeof value === 'string' ? value : describe(value);
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
