import { HttpException } from '@nestjs/common';
import { isRetryable, UnknownDependencyError } from '@holdfast/persistence';
import { passingProblem, Problem, type ProblemCode } from './problem.ts';

const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  401: 'unauthenticated',
  403: 'insufficient-scope',
  404: 'not-found',
  414: 'url-too-long',
  415: 'unsupported-media-type',
};

const DETAILS: Partial<Record<ProblemCode, string>> = {
  'not-found': 'No such route. What there is, /docs shows.',
  'url-too-long': 'A part of the path may have 100 characters.',
  'unsupported-media-type': 'Send JSON with the header "Content-Type: application/json".',
};

/**
 * Whatever was thrown, as an answer; undefined for what nobody expected.
 *
 * @param bodyLimit of the route, in bytes
 */
export function toProblem(error: unknown, bodyLimit?: number): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof UnknownDependencyError) return unknownDependency(error);
  if (isRetryable(error)) {
    return passingProblem('store-unavailable', 'Nothing was accepted. Try again after a second.');
  }
  const status = statusOf(error);
  return status >= 400 && status < 500 ? ofStatus(status, error, bodyLimit) : undefined;
}

function unknownDependency({ ids }: UnknownDependencyError): Problem {
  const shown = ids.slice(0, 20).join(', ');
  return new Problem('unknown-dependency', `This tenant has no job ${shown} to wait for. Nothing was submitted.`);
}

function ofStatus(status: number, error: unknown, bodyLimit: number | undefined): Problem {
  if (status === 413) return new Problem('body-too-large', `A body may have ${bodyLimit ?? 'fewer'} bytes here.`);
  const code = BY_STATUS[status] ?? 'bad-request';
  return new Problem(code, DETAILS[code] ?? (error instanceof Error ? error.message : 'The request is not valid.'));
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error) return Number(error.statusCode);
  return 500;
}
