import type { Instant, JobId } from '../job/scalars.ts';
import type { Gate } from './limits.ts';

/** A job that could start if no limit kept it, and the gates that it has to pass. */
export interface Candidate {
  readonly id: JobId;
  readonly priority: number;
  readonly runAt: Instant;
  readonly gates: readonly GateState[];
  /** Where its turn comes only after others of its key: the one whose turn it is. */
  readonly turn?: JobId | undefined;
}

/** A gate while one claim is decided: the room shrinks with everyone who passes. */
export interface GateState {
  readonly gate: Gate;
  room: number;
  passed: number;
}

/** Lets through who fits, in the order in which jobs start. @returns their ids */
export function admit(candidates: readonly Candidate[]): ReadonlySet<JobId> {
  const admitted = new Set<JobId>();
  for (const { id, gates, turn } of [...candidates].sort(byOrder)) {
    if ((turn !== undefined && turn !== id) || gates.some(({ room }) => room < 1)) continue;
    for (const state of gates) {
      state.room -= 1;
      state.passed += 1;
    }
    admitted.add(id);
  }
  return admitted;
}

function byOrder(one: Candidate, other: Candidate): number {
  return other.priority - one.priority || one.runAt - other.runAt || (one.id < other.id ? -1 : 1);
}
