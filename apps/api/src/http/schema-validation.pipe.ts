import { StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { jsonPointer, Problem, type FieldError } from './problem.ts';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const PLACES = { body: 'The body', query: 'The query', param: 'The path', custom: 'The request' } as const;
const ERRORS_SHOWN = 20;
const POINTER_LENGTH = 200;

/** Checks bodies, queries and paths against their schemas; says of every fault where it is and what would be right. */
export class SchemaValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    if (!metadata.schema) return value;
    const result = await this.validate<T>(value, metadata.schema);
    if (!result.issues) return result.value;
    const errors = result.issues.slice(0, ERRORS_SHOWN).flatMap(toErrors).slice(0, ERRORS_SHOWN);
    throw new Problem('invalid-request', `${PLACES[metadata.type]} has faults; errors lists them.`, { errors });
  }
}

/** A field that nobody knows is reported where it stands, not where it was missed. */
function toErrors(issue: Issue): FieldError[] {
  const path = (issue.path ?? []).map((step) => (typeof step === 'object' ? step.key : step));
  const paths = unknownFields(issue).map((key) => [...path, key]);
  return (paths.length > 0 ? paths : [path]).map((each) => ({
    pointer: jsonPointer(each).slice(0, POINTER_LENGTH),
    message: issue.message,
  }));
}

function unknownFields(issue: Issue): readonly string[] {
  return 'keys' in issue && Array.isArray(issue.keys) ? (issue.keys as string[]) : [];
}
