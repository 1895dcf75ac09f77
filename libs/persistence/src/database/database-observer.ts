/** Jobs that made a transition together. */
export interface Booked {
  readonly event: string;
  readonly jobs: number;
}

/** Told of what passes between a process and MySQL, for its metrics; may not throw. */
export interface DatabaseObserver {
  answered(statement: string, milliseconds: number): void;
  /** After the commit: what was rolled back never happened. */
  committed(transitions: readonly Booked[]): void;
  retried(code: string): void;
}

/** A process's connections now. */
export interface ConnectionUse {
  readonly limit: number;
  readonly inUse: number;
  /** Callers for whom none is left. */
  readonly waiting: number;
}

export const NOBODY: DatabaseObserver = {
  answered: () => undefined,
  committed: () => undefined,
  retried: () => undefined,
};
