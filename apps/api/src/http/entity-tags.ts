import { hash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

/** What a caller says it has read, by entity tags: `*` or a list of them. */
export type TagCondition = readonly string[] | '*';

const HEADER_LENGTH = 1_000;
const TAG = /^(?:W\/)?"[\x21\x23-\x7e]*"$/;

/** The header If-Match or If-None-Match; undefined without it. */
export const Condition = createParamDecorator((name: 'If-Match' | 'If-None-Match', context: ExecutionContext) => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers[name.toLowerCase() as 'if-match'];
  return header === undefined ? undefined : parse(name, header);
});

/** Documents what `Condition('If-Match')` reads. */
export const TakesIfMatch = (): MethodDecorator =>
  ApiHeader({ name: 'If-Match', required: false, description: 'The ETag of what was read: operate on that alone' });

/** Strong: it changes with anything that the representation shows. */
export function entityTagOf(representation: unknown): string {
  const digest = hash('sha256', JSON.stringify(representation), 'base64url');
  return `"${digest.slice(0, 27)}"`;
}

/** Whether it names what was read; `*` is content with whatever is there. */
export function isExact(condition: TagCondition | undefined): condition is readonly string[] {
  return condition !== undefined && condition !== '*';
}

export function meets(condition: TagCondition, tag: string): boolean {
  return condition === '*' || condition.includes(tag);
}

/** For reading alone: whoever knows a weak tag need not be told the same again. */
export function meetsWeakly(condition: TagCondition, tag: string): boolean {
  return condition === '*' || condition.some((each) => each.replace(/^W\//, '') === tag);
}

/** @param what the tag was of, such as `job 0198c2f4-…` */
export function preconditionFailed(what: string, condition: TagCondition = '*'): Problem {
  const weak = condition !== '*' && condition.every((tag) => tag.startsWith('W/'));
  const detail = weak
    ? `If-Match never holds for a weak tag: send the ETag of the ${what} without W/, which a proxy may have put before it.`
    : `The ${what} has changed. Read it again, and send the ETag that it has now.`;
  return new Problem('precondition-failed', detail);
}

function parse(name: string, header: string): TagCondition {
  if (header.trim() === '*') return '*';
  const tags = header.length <= HEADER_LENGTH ? header.split(',').map((tag) => tag.trim()) : [];
  if (tags.length > 0 && tags.every((tag) => TAG.test(tag))) return tags;
  throw new Problem('invalid-request', `The header ${name} must be * or entity tags in quotes, as ETag gave them.`);
}
