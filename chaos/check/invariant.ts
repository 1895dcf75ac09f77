import type { History } from './history.ts';

export interface Violation {
  readonly says: string;
  /** Whose slice of the logs shows it. */
  readonly job?: string;
}

export interface Invariant<Needed = History> {
  /** As in docs/chaos.md. */
  readonly id: string;
  readonly title: string;
  readonly check: (history: Needed) => Iterable<Violation>;
}
