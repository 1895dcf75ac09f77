import type { Chance } from './chance.ts';
import { Values, type Schema } from './values.ts';

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface FuzzRequest {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

const STRANGE_HEADERS: readonly [string, string][] = [
  ['content-type', 'text/plain'],
  ['content-type', 'application/json; charset=utf-16'],
  ['content-type', 'application/json;'.repeat(50)],
  ['content-encoding', 'gzip'],
  ['accept', 'application/xml'],
  ['accept-encoding', 'gzip, br;q=0, *;q=x'],
  ['authorization', 'Bearer x.y.z'],
  ['authorization', 'Basic eDp5'],
  ['if-match', '"x", W/"y", *'],
  ['if-none-match', '"'],
  ['idempotency-key', ' '],
  ['idempotency-key', 'k'.repeat(5_000)],
  ['traceparent', '00-zz'],
  ['x-request-id', 'é\u00ff'],
  ['x-http-method-override', 'DELETE'],
  ['transfer-encoding', 'chunked'],
  ['expect', '100-continue'],
  ['range', 'bytes=0-'],
  ['last-event-id', 'NaN'],
];

const STRANGE_BODIES = [
  '',
  'null',
  '[]',
  '"x"',
  '{',
  '{"a":1}}',
  '\ufeff{}',
  '['.repeat(5_000),
  `{"a":${'{"a":'.repeat(500)}1`,
  '{"type":"echo","type":1}',
];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE'];

/** Makes requests for the operations of a document: most could be meant, all could come. */
export class Requests {
  private readonly operations: readonly [string, string, Operation][];
  private readonly values: Values;
  private readonly chance: Chance;

  constructor(document: ApiDocument, chance: Chance) {
    this.chance = chance;
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, each]): [string, string, Operation] => [path, method, each]),
    );
    const resolve = (reference: string): Schema => document.components.schemas[reference.split('/').at(-1) ?? ''] ?? {};
    this.values = new Values(chance, resolve);
  }

  /** @param ids of jobs that exist */
  next(ids: readonly string[], token: string): FuzzRequest {
    const [path, method, operation] = this.chance.pick(this.operations);
    const parameters = operation.parameters ?? [];
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    for (const { name, schema } of parameters.filter((each) => each.in === 'header' && this.chance.once(4))) {
      headers[name.toLowerCase()] = headerText(this.values.of(schema));
    }
    if (this.chance.once(8)) headers[this.chance.pick(STRANGE_HEADERS)[0]] = this.chance.pick(STRANGE_HEADERS)[1];
    return {
      operationId: operation.operationId,
      method: this.chance.once(25) ? this.chance.pick(METHODS) : method.toUpperCase(),
      path: `${this.pathOf(path, ids)}${this.queryOf(parameters)}`,
      headers,
      body: this.bodyOf(operation),
    };
  }

  private pathOf(path: string, ids: readonly string[]): string {
    return path.replace(/\{\w+\}/g, () => {
      if (ids.length > 0 && !this.chance.once(4)) return this.chance.pick(ids);
      return encoded(this.values.strange()) || 'x';
    });
  }

  private queryOf(parameters: NonNullable<Operation['parameters']>): string {
    const pairs = parameters
      .filter((each) => each.in === 'query' && this.chance.once(3))
      .flatMap(({ name, schema }) =>
        Array.from({ length: this.chance.once(10) ? 2 : 1 }, () => `${name}=${encoded(this.values.of(schema))}`),
      );
    if (this.chance.once(12))
      pairs.push(
        this.chance.pick(['state[]=a', 'limit[$ne]=1', 'x', '=', '&&', '%', 'a=%zz', 'sort=id;DROP', '__proto__=1']),
      );
    return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  }

  private bodyOf({ requestBody }: Operation): string | undefined {
    const schema = requestBody?.content['application/json']?.schema;
    if (!schema) return this.chance.once(10) ? this.chance.pick(STRANGE_BODIES) : undefined;
    return this.chance.once(12) ? this.chance.pick(STRANGE_BODIES) : JSON.stringify(this.values.of(schema));
  }
}

function encoded(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return encodeURIComponent(text.toWellFormed()).slice(0, 3_000);
}

/** A client sends no header with anything else in it. */
function headerText(value: unknown): string {
  return String(value)
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?')
    .trim();
}
