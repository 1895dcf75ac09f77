import type { OpenAPIObject } from '@nestjs/swagger';
import { HEADERS, problemResponses, PROBLEM_SCHEMA, RATES } from './components.ts';

interface Operation {
  description?: string;
  readonly parameters?: readonly { readonly name?: string }[];
  security?: readonly { readonly bearer?: readonly string[] }[];
  responses: Record<string, unknown>;
}

interface Response {
  headers?: Record<string, unknown>;
  content?: Record<string, { schema?: unknown }>;
}

/** Probes and metrics are for machines that know them; docs/operations.md tells of them. */
const PROBES = /^\/(health\/|metrics$)/;

/** Adds to each operation what holds for all of its kind: scopes in words, headers, problems with examples. */
export function complete(document: OpenAPIObject): OpenAPIObject {
  const paths = Object.fromEntries(Object.entries(document.paths).filter(([path]) => !PROBES.test(path)));
  for (const operations of Object.values(paths)) {
    for (const [method, operation] of Object.entries(operations as Record<string, Operation>))
      completeOperation(method, operation);
  }
  const { schemas } = document.components ?? {};
  const components = {
    ...document.components,
    schemas: { ...schemas, Problem: PROBLEM_SCHEMA },
    headers: HEADERS,
    responses: problemResponses(),
  };
  return { ...document, paths, components } as OpenAPIObject;
}

function completeOperation(method: string, operation: Operation): void {
  const scopes = operation.security?.flatMap(({ bearer = [] }) => bearer) ?? [];
  const needs = `Needs the scope ${scopes.map((scope) => `\`${scope}\``).join(', ')}.`;
  operation.description = [operation.description, needs].filter((text) => text).join('\n\n');
  const repeatable = operation.parameters?.some(({ name }) => name === 'Idempotency-Key') === true;
  const headers = { ...ON_EVERY_SUCCESS, ...(repeatable && ON_REPETITION) };
  const responses = Object.entries(operation.responses).map(([status, response]) => [
    status,
    completeResponse(status, response as Response, headers),
  ]);
  const ofBody = method === 'get' ? [] : OF_EVERY_BODY.map((each) => [each, problem(each)]);
  operation.responses = Object.fromEntries([...responses, ...ofBody]) as Record<string, unknown>;
}

/** Problems are said once, for all operations. */
function completeResponse(status: string, response: Response, headers: Record<string, unknown>): unknown {
  if ('application/problem+json' in (response.content ?? {})) return problem(status);
  return { ...response, headers: { ...response.headers, ...headers } };
}

function problem(status: string): unknown {
  return { $ref: `#/components/responses/Problem${status}` };
}

/** Too large, or no JSON, also where none is needed. */
const OF_EVERY_BODY = ['413', '415'];
const ON_EVERY_SUCCESS = refer(['X-Request-Id', ...RATES]);
const ON_REPETITION = refer(['Idempotency-Replayed']);

function refer(names: readonly (keyof typeof HEADERS)[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
