import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { cursorField, toPage } from './page.ts';

const name = z.string().regex(/^[a-z]+$/);
const pageOf = (rows: string[], limit: number) =>
  toPage(
    rows,
    limit,
    (row) => row,
    (row) => row.toUpperCase(),
  );

describe('a page', () => {
  it('has no cursor when nothing follows', () => {
    expect(pageOf(['a', 'b'], 2)).toEqual({ items: ['A', 'B'], nextCursor: null });
  });

  it('has a cursor that leads to where it ended', () => {
    const { items, nextCursor } = pageOf(['a', 'b', 'c'], 2);
    expect(items).toEqual(['A', 'B']);
    expect(cursorField(name).parse(nextCursor)).toBe('b');
  });

  it.each([['abc'], ['YQ=='], ['YR'], ['QQ'], [''], ['a'.repeat(300)]])('refuses the cursor %s', (cursor) => {
    expect(cursorField(name).safeParse(cursor).success).toBe(false);
  });
});
