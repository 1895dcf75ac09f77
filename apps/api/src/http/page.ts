import { z } from 'zod';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
const LIMIT_MESSAGE = `must be a whole number from 1 to ${LIMIT_MAX}`;
const CURSOR_MESSAGE = 'must be the nextCursor of an earlier answer';

/** One page of a list. `nextCursor` is null on the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export const limitField = z
  .string(LIMIT_MESSAGE)
  .regex(/^\d{1,3}$/, LIMIT_MESSAGE)
  .transform(Number)
  .pipe(z.number().min(1, LIMIT_MESSAGE).max(LIMIT_MAX, LIMIT_MESSAGE))
  .prefault(String(LIMIT_DEFAULT))
  .meta({
    description: `How many items at most, 1 to ${LIMIT_MAX}`,
    type: 'integer',
    minimum: 1,
    maximum: LIMIT_MAX,
    default: LIMIT_DEFAULT,
    pattern: undefined,
  });

/** @param key what the key of the last item must look like */
export function cursorField(key: z.ZodType<string>) {
  return z
    .string(CURSOR_MESSAGE)
    .max(200, CURSOR_MESSAGE)
    .transform((text, context) => {
      const decoded = key.safeParse(Buffer.from(text, 'base64url').toString());
      if (decoded.success && toCursor(decoded.data) === text) return decoded.data;
      context.addIssue(CURSOR_MESSAGE);
      return z.NEVER;
    })
    .optional()
    .meta({ description: 'Where to go on: the nextCursor of the page before' });
}

/** @param rows up to one more than the limit, which tells whether another page follows */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => string,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? toCursor(keyOf(last)) : null;
  return { items: shown.map(toItem), nextCursor };
}

export function toCursor(key: string): string {
  return Buffer.from(key).toString('base64url');
}
