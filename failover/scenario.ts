/** Servers of which one can be lost, and somebody who promotes another. */
export interface Stage {
  /** Where programs find the database, whoever is primary. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Where the database that counts is now, directly. */
  truthUrl(): string;
  /** Loses a server and brings another in its place. @returns what was done, in a few words */
  fail(): Promise<string>;
  stop(): Promise<void>;
}

export interface Scenario {
  readonly name: string;
  readonly means: string;
  /** Whether commits may be lost that were acknowledged: it is then measured, and no failure. */
  readonly mayLose: boolean;
  /** @throws Problem where the machine has not what it takes */
  prepare(directory: string): Promise<Stage>;
}

/** How long whoever watches takes to notice that a primary is gone, as orchestrators do. */
export const NOTICED_AFTER_MS = 2_000;
