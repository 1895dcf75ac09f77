/** One thing that is not as it should be. */
export interface Finding {
  /** error: a promise or the work suffers; warning: it may, or somebody should know. */
  readonly severity: 'error' | 'warning';
  /** The check that found it, for filters and tests. */
  readonly check: string;
  readonly what: string;
  readonly advice: string;
  /** Mends it, where that is safe, and says what it did. */
  readonly repair?: () => Promise<string>;
}

/** What cannot be looked at is told, never passed over. */
export interface Report {
  readonly findings: readonly Finding[];
  readonly skipped: readonly string[];
}

export function finding(
  severity: Finding['severity'],
  check: string,
  what: string,
  advice: string,
  repair?: () => Promise<string>,
): Finding {
  return { severity, check, what, advice, ...(repair === undefined ? {} : { repair }) };
}
