import type { OpenAPIObject } from '@nestjs/swagger';
import { HEADERS, problemResponses, PROBLEM_SCHEMA } from './components.ts';

interface Operation {
  description?: string;
  security?: readonly { readonly bearer?: readonly string[] }[];
  responses: Record<string, unknown>;
}

interface Response {
  headers?: Record<string, unknown>;
  content?: Record<string, { schema?: unknown }>;
}

/** Probes and metrics are for machines that know them; docs/operations.md tells of them. */
const PROBES = /^\/(health\/|metrics$)/;

/** Adds to each operation what holds for all of them: scopes in words, common headers, problems with examples. */
export function complete(document: OpenAPIObject): OpenAPIObject {
  const paths = Object.fromEntries(Object.entries(document.paths).filter(([path]) => !PROBES.test(path)));
  for (const operations of Object.values(paths)) {
    for (const operation of Object.values(operations as Record<string, Operation>)) completeOperation(operation);
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

function completeOperation(operation: Operation): void {
  const scopes = operation.security?.flatMap(({ bearer = [] }) => bearer) ?? [];
  const needs = `Needs the scope ${scopes.map((scope) => `\`${scope}\``).join(', ')}.`;
  operation.description = [operation.description, needs].filter((text) => text).join('\n\n');
  operation.responses = Object.fromEntries(
    Object.entries(operation.responses).map(([status, response]) => [
      status,
      completeResponse(status, response as Response),
    ]),
  );
}

/** Problems are said once, for all operations. */
function completeResponse(status: string, response: Response): unknown {
  if ('application/problem+json' in (response.content ?? {}))
    return { $ref: `#/components/responses/Problem${status}` };
  return { ...response, headers: { ...response.headers, ...ON_EVERY_SUCCESS } };
}

const ON_EVERY_SUCCESS = Object.fromEntries(
  ['X-Request-Id', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'].map((name) => [
    name,
    { $ref: `#/components/headers/${name}` },
  ]),
);
