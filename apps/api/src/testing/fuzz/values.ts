import type { Chance } from './chance.ts';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly examples?: readonly unknown[];
}

/** What breaks programs that do not look. Sent wherever something else was asked for. */
const STRANGE: readonly unknown[] = [
  null,
  true,
  '',
  ' ',
  0,
  -1,
  1.5,
  1e308,
  -1e308,
  2 ** 31,
  2 ** 53,
  [],
  {},
  [[]],
  [null],
  { $ne: '' },
  { __proto__x: 1 },
  'NaN',
  '1e999',
  '__proto__',
  'constructor',
  "'; DROP TABLE jobs; --",
  "' OR SLEEP(5) --",
  '${7*7}',
  '{{7*7}}',
  '../../etc/passwd',
  '%00',
  '\u0000',
  'a\r\nSet-Cookie: x=1',
  '\ud800',
  '💥'.repeat(50),
  'а',
  '\u202e',
  'A'.repeat(10_000),
  '<script>alert(1)</script>',
  '*',
  '{a}',
  'a:b',
  '9999-12-31T23:59:59-12:00',
  '0000-00-00T00:00:00Z',
  '2030-02-30T00:00:00Z',
  '99999999999999d',
  '1w',
  '-1s',
  '00000000-0000-0000-0000-000000000000',
  '0198c2f4-8a4e-7c31-9d65-0a8d3f1b2c4d',
];

/** Makes values for schemas: mostly such as are asked for, at their bounds, and now and then something else altogether. */
export class Values {
  private readonly chance: Chance;
  private readonly resolve: (reference: string) => Schema;

  constructor(chance: Chance, resolve: (reference: string) => Schema) {
    this.chance = chance;
    this.resolve = resolve;
  }

  of(schema: Schema, depth = 0): unknown {
    if (schema.$ref !== undefined) return this.of(this.resolve(schema.$ref), depth);
    if (this.chance.once(40)) return this.strange();
    if (schema.enum) return this.chance.pick(schema.enum);
    if (schema.anyOf) return this.of(this.chance.pick(schema.anyOf), depth);
    if (schema.examples && this.chance.once(2)) return this.chance.pick(schema.examples);
    return this.byType(schema, depth);
  }

  strange(): unknown {
    return this.chance.pick(STRANGE);
  }

  private byType(schema: Schema, depth: number): unknown {
    switch (this.chance.pick([schema.type ?? 'object'].flat())) {
      case 'object':
        return depth > 5 ? {} : this.object(schema, depth);
      case 'array':
        return Array.from({ length: this.chance.below(4) }, () => this.of(schema.items ?? {}, depth + 1));
      case 'integer':
      case 'number':
        return this.number(schema);
      case 'boolean':
        return this.chance.once(2);
      case 'null':
        return null;
      default:
        return this.text(schema);
    }
  }

  private object({ properties = {}, required = [] }: Schema, depth: number): Record<string, unknown> {
    const wanted = Object.keys(properties).filter((name) => required.includes(name) || this.chance.once(3));
    const entries = wanted.map((name) => [name, this.of(properties[name] ?? {}, depth + 1)] as const);
    const extra = this.chance.once(10) ? [[String(this.strange()), this.strange()] as const] : [];
    return Object.fromEntries(this.chance.once(15) ? entries.slice(1) : [...entries, ...extra]);
  }

  private number({ minimum = -1000, maximum = 1000 }: Schema): number {
    return this.chance.pick([minimum, maximum, minimum - 1, maximum + 1, minimum + 0.5, (minimum + maximum) >> 1]);
  }

  private text({ format, maxLength = 40 }: Schema): string {
    if (format === 'uuid') return crypto.randomUUID();
    if (format === 'date-time') return new Date(Date.now() + this.chance.below(10 ** 9)).toISOString();
    return this.chance.pick(['echo', 'default', 'a', '10s', '1h', 'a'.repeat(maxLength), 'a'.repeat(maxLength + 1)]);
  }
}
