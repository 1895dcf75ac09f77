import { PROBLEMS, type ProblemCode } from '../http/problem.ts';
import { PROBLEM_ANSWERS, ProblemDocument } from './problem-answers.ts';
import { toOpenApi } from './schema-converter.ts';

const text = { type: 'string' } as const;
const whole = { type: 'integer', minimum: 0 } as const;

export const HEADERS = {
  'X-Request-Id': { description: 'The id that the request came with, or a new one', schema: text },
  'RateLimit-Limit': { description: 'Requests a minute that this token may make', schema: whole },
  'RateLimit-Remaining': { description: 'How many of them are left', schema: whole },
  'RateLimit-Reset': { description: 'Seconds until the next minute begins', schema: whole },
  'Idempotency-Replayed': {
    description: '`true` if this is what the first request with the key was answered; without it nothing was repeated',
    schema: text,
  },
  'Retry-After': { description: 'Seconds after which to come back', schema: whole },
  'WWW-Authenticate': { description: 'What a token needs (RFC 6750)', schema: text },
} as const;

export const PROBLEM_SCHEMA = toOpenApi(ProblemDocument, { schemaType: 'output' }).schema;

export const RATES = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'] as const;

const HEADERS_OF: Readonly<Record<string, readonly (keyof typeof HEADERS)[]>> = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

/** One response for each status that is a problem, with an example for each of its codes. */
export function problemResponses(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(PROBLEM_ANSWERS).map(([status, description]) => [
      `Problem${status}`,
      { description, headers: headersOf(status), content: { 'application/problem+json': contentOf(Number(status)) } },
    ]),
  );
}

function headersOf(status: string): Record<string, unknown> {
  const counted = status === '401' ? [] : RATES;
  const names = ['X-Request-Id', ...counted, ...(HEADERS_OF[status] ?? [])];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function contentOf(status: number): Record<string, unknown> {
  const codes = Object.entries(PROBLEMS).filter(([, [each]]) => each === status) as [ProblemCode, [number, string]][];
  const examples = codes.map(([code, [, title]]) => [code, { value: exampleOf(code, status, title) }] as const);
  return { schema: { $ref: '#/components/schemas/Problem' }, examples: Object.fromEntries(examples) };
}

function exampleOf(code: ProblemCode, status: number, title: string): Record<string, unknown> {
  const errors = [{ pointer: '/delay', message: 'must be a duration: 500ms, 10s, 5m, 2h, 1d' }];
  const detail = code === 'invalid-request' ? 'The body has faults; errors lists them.' : `${title}.`;
  const problem = { type: `urn:holdfast:problem:${code}`, title, status, detail, code };
  return code === 'invalid-request' ? { ...problem, errors } : problem;
}
