import { FINISHED_STATES, type ShownState } from '../job/job-state.ts';

/** How a workflow is as a whole. */
export const WORKFLOW_STATES = ['running', 'succeeded', 'failed', 'cancelled'] as const;
export type WorkflowState = (typeof WORKFLOW_STATES)[number];

/** It runs until every job has finished; then it has succeeded if every job has. */
export function workflowState(counts: Readonly<Record<ShownState, number>>, isCancelled: boolean): WorkflowState {
  const finished: readonly ShownState[] = FINISHED_STATES;
  const states = Object.entries(counts).flatMap(([state, n]) => (n > 0 ? [state as ShownState] : []));
  if (states.some((state) => !finished.includes(state))) return 'running';
  if (states.every((state) => state === 'succeeded')) return 'succeeded';
  return isCancelled ? 'cancelled' : 'failed';
}
