import { z } from 'zod';

/** Every answer that is not a success (RFC 9457). */
export const ProblemDocument = z.object({
  type: z.string().meta({ description: 'urn:holdfast:problem: with the code', format: 'uri' }),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().meta({ description: 'For programs, such as state-forbids; new ones may be added' }),
  errors: z
    .array(z.object({ pointer: z.string().meta({ description: 'A JSON pointer' }), message: z.string() }))
    .optional()
    .meta({ description: 'Where the request is not valid' }),
});

export const PROBLEM_ANSWERS = {
  400: 'The request is not valid; errors says where and why',
  401: 'There is no valid token',
  403: 'The token lacks the scope',
  404: 'This tenant has nothing there',
  409: 'The id or name is taken, there are too many, or the state of the job forbids it',
  412: 'It has changed since it was read; If-Match does not match',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'The Idempotency-Key was used for another request, or dependsOn names a job that does not exist',
  429: 'This token asks too often; Retry-After says when to come back',
  503: 'The database cannot be reached or is overloaded; Retry-After says when to come back',
} as const;
