/**
 * What becomes of a submission whose key another job holds: it is answered with that job, replaces that job's payload and
 * times, or is refused.
 */
export const CONFLICT_CHOICES = ['existing', 'replace', 'refuse'] as const;
export type ConflictChoice = (typeof CONFLICT_CHOICES)[number];

/** Of all jobs of a tenant with the same key, one at a time. */
export interface UniqueRule {
  readonly key: string;
  /** For how long from the submission the job holds the key, whatever becomes of it; undefined: until it has finished. */
  readonly heldForMs?: number | undefined;
  readonly onConflict: ConflictChoice;
}
