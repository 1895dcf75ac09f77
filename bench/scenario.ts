import type { Ground } from './ground.ts';
import type { Options } from './options.ts';

export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
}

/** One value for each measure that this contender has. */
export type Reading = Readonly<Record<string, number>>;

export interface Contender {
  readonly name: string;
  /** What differs from the others: durability, concurrency, transport. */
  readonly setUp: string;
  /** Once, before its first round. */
  prepare?(): Promise<void>;
  /** One round, from a fresh state unless the scenario says otherwise. */
  measure(): Promise<Reading>;
  /** Once, after its last round. */
  finish?(): Promise<void>;
}

/** A figure to reach: so many times another contender's, or an absolute value. */
export interface Goal {
  readonly measure: string;
  readonly contender: string;
  readonly against?: string;
  /** Times ahead of `against`; without it, the least or, for a measure of which less is better, the most it may be. */
  readonly reach: number;
}

export interface Scenario {
  readonly letter: string;
  readonly title: string;
  readonly measures: readonly Measure[];
  /** The first one is what the others are compared with. */
  readonly contenders: readonly Contender[];
  readonly goals: readonly Goal[];
  /** What one has to know to read the figures. */
  readonly notes: readonly string[];
  /** All rounds of one contender before the next, because each builds on what the one before left. */
  readonly inOrder?: boolean;
}

export type MakeScenario = (ground: Ground, options: Options) => Scenario;
