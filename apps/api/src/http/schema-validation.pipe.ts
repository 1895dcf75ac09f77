import { StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { invalidRequest, jsonPointer, type FieldError } from './problem.ts';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const PARTS = { body: 'body', query: 'query', param: 'path', custom: 'request' } as const;
const POINTER_LENGTH = 200;

/** Checks bodies, queries and paths against their schemas; says of every fault where it is and what would be right. */
export class SchemaValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    if (!metadata.schema) return value;
    const result = await this.validate<T>(value, metadata.schema);
    if (!result.issues) return result.value;
    const part = PARTS[metadata.type];
    throw invalidRequest(
      part,
      result.issues.flatMap((issue) => toErrors(issue, value, part === 'query')),
    );
  }
}

/** A field that nobody knows is reported where it stands, not where it was missed. */
function toErrors(issue: Issue, whole: unknown, isQuery: boolean): FieldError[] {
  const path = (issue.path ?? []).map((step) => (typeof step === 'object' ? step.key : step));
  const unknown = unknownFields(issue);
  if (unknown.length > 0) return unknown.map((key) => toError([...path, key], issue.message));
  const ofName = faultOfName(issue);
  if (ofName !== undefined) return [toError(path, `is a name that ${ofName}`)];
  return [toError(path, path.length === 0 ? issue.message : lesson(issue.message, valueAt(whole, path), isQuery))];
}

function toError(path: readonly PropertyKey[], message: string): FieldError {
  return { pointer: jsonPointer(path).slice(0, POINTER_LENGTH), message };
}

/** What a field must look like is a riddle to whoever did not give it, or gave it twice. */
function lesson(message: string, given: unknown, isQuery: boolean): string {
  if (isQuery && Array.isArray(given)) return `is given ${given.length} times, and may be given once`;
  return given === undefined && message.startsWith('must ') ? `is missing; it ${message}` : message;
}

function valueAt(whole: unknown, path: readonly PropertyKey[]): unknown {
  const step = (value: unknown, key: PropertyKey): unknown =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, key)
      ? (value as Record<PropertyKey, unknown>)[key]
      : undefined;
  return path.reduce(step, whole);
}

/** Of an object whose caller chooses the names of its fields. */
function faultOfName(issue: Issue): string | undefined {
  if (!('code' in issue) || issue.code !== 'invalid_key' || !('issues' in issue)) return undefined;
  return (issue.issues as readonly Issue[])[0]?.message;
}

function unknownFields(issue: Issue): readonly string[] {
  return 'keys' in issue && Array.isArray(issue.keys) ? (issue.keys as string[]) : [];
}
