import { describe, expect, it } from '@jest/globals';
import { COMMITTED_WITHIN_S, settle, WRITTEN_WITHIN_S } from './settled.ts';

const OLD = COMMITTED_WITHIN_S + 1;
const rows = (...pairs: [id: number, age: number][]) => pairs.map(([id, age]) => ({ id, age }));
const idsOf = (after: number, entries: { id: number; age: number }[], uncommitted: number[] = []) => {
  const { entries: settled, position, isOvertaken } = settle(after, entries, uncommitted);
  return { ids: settled.map(({ id }) => id), position, isOvertaken };
};

describe('what is settled in the journal', () => {
  it('is everything as long as no number is missing', () => {
    expect(idsOf(5, rows([6, 0], [7, 0]))).toEqual({ ids: [6, 7], position: 7, isOvertaken: false });
    expect(idsOf(5, [])).toEqual({ ids: [], position: 5, isOvertaken: false });
  });

  it('ends before a number that may still be written', () => {
    expect(idsOf(5, rows([6, 0], [8, 0]))).toEqual({ ids: [6], position: 6, isOvertaken: false });
    expect(idsOf(5, rows([8, WRITTEN_WITHIN_S - 1]))).toEqual({ ids: [], position: 5, isOvertaken: false });
  });

  it('goes on behind a number that nobody can write any more', () => {
    expect(idsOf(5, rows([8, WRITTEN_WITHIN_S], [9, 0]))).toEqual({ ids: [8, 9], position: 9, isOvertaken: false });
  });

  it('ends before a number that is written and not committed, also after that time', () => {
    expect(idsOf(5, rows([6, 59], [8, 59]), [7])).toEqual({ ids: [6], position: 6, isOvertaken: false });
  });

  it('says so when it waits for a transaction no longer', () => {
    expect(idsOf(5, rows([8, OLD], [9, 0]), [7])).toEqual({ ids: [8, 9], position: 9, isOvertaken: true });
  });

  it('takes only what is missing there for the cause of a gap', () => {
    const entries = rows([6, OLD], [8, OLD], [9, OLD], [12, 0]);
    expect(idsOf(5, entries, [11])).toEqual({ ids: [6, 8, 9], position: 9, isOvertaken: false });
  });
});
