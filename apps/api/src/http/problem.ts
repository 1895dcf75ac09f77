import type { FieldError } from '@holdfast/contract';

export type { FieldError } from '@holdfast/contract';

/** What may go wrong, once: the code that programs read, its status, and the title that people read. */
export const PROBLEMS = {
  'invalid-request': [400, 'The request is not valid'],
  'malformed-body': [400, 'The body cannot be read'],
  'bad-request': [400, 'The request cannot be understood'],
  unauthenticated: [401, 'A valid token is required'],
  'insufficient-scope': [403, 'The token does not allow this'],
  'not-found': [404, 'There is nothing here'],
  'method-not-allowed': [405, 'The method is not possible here'],
  'request-timeout': [408, 'The request took too long to arrive'],
  'id-taken': [409, 'The id is taken'],
  'name-taken': [409, 'The name is taken'],
  'too-many-schedules': [409, 'There are too many schedules'],
  'unique-key-held': [409, 'Another job holds the unique key'],
  'state-forbids': [409, 'The state of the job forbids this'],
  'own-job': [409, "This job is the system's own"],
  'workflow-cancelled': [409, 'The workflow was cancelled'],
  'journal-off': [409, 'Transitions are not written down here'],
  'key-under-way': [409, 'The first request with this key is still under way'],
  'precondition-failed': [412, 'It is not what it was'],
  'body-too-large': [413, 'The body is too large'],
  'url-too-long': [414, 'The URL is too long'],
  'unsupported-media-type': [415, 'The body must be JSON'],
  'key-reused': [422, 'The key stands for another request'],
  'unknown-dependency': [422, 'There is no such job to wait for'],
  'too-many-requests': [429, 'Too many requests'],
  'headers-too-large': [431, 'The headers are too large'],
  'internal-error': [500, 'Something went wrong here'],
  overloaded: [503, 'Too much is waiting'],
  'store-unavailable': [503, 'The database cannot be reached'],
  'keys-unavailable': [503, 'Tokens cannot be verified'],
  'timed-out': [503, 'The answer took too long'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemExtras {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that is not a success, as RFC 9457 wants it. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly extras: ProblemExtras = {},
  ) {
    super(detail);
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }

  get headers(): Readonly<Record<string, string>> {
    return { 'cache-control': 'no-store', ...this.extras.headers };
  }

  body(): Record<string, unknown> {
    const [status, title] = PROBLEMS[this.code];
    const { errors } = this.extras;
    return {
      type: `urn:holdfast:problem:${this.code}`,
      title,
      status,
      detail: this.detail,
      code: this.code,
      ...(errors && { errors }),
    };
  }
}

const FAULTS_SHOWN = 20;

/** Lists what is wrong with a part of the request, or the first of it. */
export function invalidRequest(part: 'body' | 'query' | 'path' | 'request', errors: readonly FieldError[]): Problem {
  const shown = errors.slice(0, FAULTS_SHOWN);
  const which = shown.length < errors.length ? `the first ${shown.length} of ${errors.length}` : 'them';
  return new Problem('invalid-request', `The ${part} has faults; errors lists ${which}.`, { errors: shown });
}

/** @throws Problem if there are any */
export function refuseFaults(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidRequest('body', errors);
}

/** A problem that passes by itself: come back after some seconds. */
export function passingProblem(code: ProblemCode, detail: string, retryAfterSeconds = 1): Problem {
  return new Problem(code, detail, { headers: { 'retry-after': String(retryAfterSeconds) } });
}

/** For what nobody expected: nothing of it is shown. */
export function unexpectedProblem(): Problem {
  return new Problem('internal-error', 'The request could not be carried out. The log of the api says why.');
}

export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
