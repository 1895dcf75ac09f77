import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { PROBLEM_ANSWERS } from './problem-answers.ts';

interface Answer {
  readonly status?: number;
  readonly schema: z.ZodType;
  readonly description: string;
  readonly location?: boolean;
  readonly tagged?: boolean;
}

interface BodyExamples {
  readonly [name: string]: { readonly summary: string; readonly value: unknown };
}

const LOCATION = {
  Location: { description: 'Where it is', schema: { type: 'string', format: 'uri-reference' } },
} as const;

const CONFLICT = {
  'Unique-Key-Conflict': {
    description: 'What became of the job that holds the unique key',
    schema: { type: 'string', enum: ['existing', 'replaced'] as string[] },
  },
} as const;

const ETAG = {
  ETag: { description: 'For If-Match and If-None-Match, where they are listed', schema: { type: 'string' } },
} as const;

/** What a route answers when all is well, and which problems it may answer besides those that every route may. */
export function Answers(answer: Answer, problems: readonly (keyof typeof PROBLEM_ANSWERS)[]): MethodDecorator {
  const { status = 200, schema, description, location = false, tagged = false } = answer;
  const headers = { ...(location && LOCATION), ...(tagged && ETAG) };
  return applyDecorators(ApiResponse({ status, description, standardSchema: schema, headers }), Problems(problems));
}

/** Those that a route may answer, and those that every route may. */
export function Problems(problems: readonly (keyof typeof PROBLEM_ANSWERS)[]): MethodDecorator {
  const every = [...problems, 401 as const, 403 as const, 429 as const, 503 as const];
  return applyDecorators(...every.sort().map(problemAnswer));
}

/** Another success than the usual one. */
export function AlsoAnswers(
  status: number,
  description: string,
  schema?: z.ZodType,
  { location = false, tagged = false, conflict = false } = {},
): MethodDecorator {
  return ApiResponse({
    status,
    description,
    ...(schema && { standardSchema: schema }),
    headers: { ...(location && LOCATION), ...(tagged && ETAG), ...(conflict && CONFLICT) },
  });
}

/** Bodies that can be sent as they stand. */
export function Examples(examples: BodyExamples): MethodDecorator {
  return ApiBody({ examples } as unknown as Parameters<typeof ApiBody>[0]);
}

export function pageSchema(item: z.ZodType) {
  const nextCursor = z.string().nullable().meta({
    description: 'null: that was all. A page may be short, or even empty, though more follow: go on until it is null',
  });
  return z.object({ items: z.array(item), nextCursor });
}

function problemAnswer(status: keyof typeof PROBLEM_ANSWERS): MethodDecorator {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return ApiResponse({ status, description: PROBLEM_ANSWERS[status], content });
}
