import { DATABASE_DEFAULTS } from '../database/database-options.ts';

/**
 * After so many seconds nothing can be written any more that drew its number before a row that is there. The row was
 * written by a statement that began at its `at` and drew its number within the time that we allow a statement; who drew a
 * lower number had begun by then, and its own time is over as long after. A client whose time is over hangs up, and
 * without it nothing commits. The rest is for clocks.
 */
export const WRITTEN_WITHIN_S = (2 * DATABASE_DEFAULTS.statementTimeoutMs) / 1_000 + 2;

/** A transaction that leaves what it wrote uncommitted for longer, such as one of a frozen process, is not waited for. */
export const COMMITTED_WITHIN_S = 60;

export interface Numbered {
  readonly id: number;
  /** Seconds since it was written. */
  readonly age: number;
}

export interface Settled<Entry> {
  readonly entries: readonly Entry[];
  /** Up to here nothing can appear any more. */
  readonly position: number;
  /** A transaction was not waited for: should it commit after all, what it wrote was left out. */
  readonly isOvertaken: boolean;
}

/**
 * Numbers are drawn when rows are written, and rows appear when their transactions commit, which is another order: behind
 * what appeared first, rows with lower numbers may still come. So the journal is read up to the first missing number that
 * may still be filled. One that is not there long after the next one was written was never used, or is gone.
 *
 * @param entries what is committed, by number
 * @param uncommitted the numbers of what is not, read after it
 */
export function settle<Entry extends Numbered>(
  after: number,
  entries: readonly Entry[],
  uncommitted: readonly number[],
): Settled<Entry> {
  let position = after;
  let isOvertaken = false;
  let length = 0;
  for (const { id, age } of entries) {
    if (id > position + 1) {
      const from = position;
      const mayCommit = uncommitted.some((each) => each > from && each < id);
      if (age < (mayCommit ? COMMITTED_WITHIN_S : WRITTEN_WITHIN_S)) break;
      isOvertaken ||= mayCommit;
    }
    position = id;
    length += 1;
  }
  return { entries: entries.slice(0, length), position, isOvertaken };
}
