import { z } from 'zod';

type JsonSchema = Record<string, unknown>;

interface Converted {
  readonly schema: JsonSchema;
  readonly components: Record<string, JsonSchema>;
}

/** Zod's own conversion, without what readers would stumble over; schemas with an id become components. */
export function toOpenApi(schema: unknown, { schemaType }: { schemaType: 'input' | 'output' }): Converted {
  const { $defs = {}, ...own } = z.toJSONSchema(schema as z.ZodType, {
    target: 'draft-2020-12',
    io: schemaType,
    override: ({ jsonSchema }) => simplify(jsonSchema as JsonSchema, schemaType),
  }) as JsonSchema & { $defs?: Record<string, JsonSchema> };
  delete own['$schema'];
  return { schema: own, components: $defs };
}

/** A format says more than the expression that checks it, and every whole number is a safe one. Answers may gain fields. */
function simplify(schema: JsonSchema, schemaType: 'input' | 'output'): void {
  if (schemaType === 'output' && schema['additionalProperties'] === false) delete schema['additionalProperties'];
  // What a query gives as text is documented as what it means.
  if (schema['type'] === 'integer' && typeof schema['default'] === 'string')
    schema['default'] = Number(schema['default']);
  if ('format' in schema) delete schema['pattern'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
}
