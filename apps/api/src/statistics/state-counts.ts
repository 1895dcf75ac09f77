import { SHOWN_STATES, type ShownState } from '@holdfast/domain';
import { z } from 'zod';

const count = z.int().min(0);

export const StateCounts = z.object(
  Object.fromEntries(SHOWN_STATES.map((state) => [state, count])) as Record<ShownState, typeof count>,
);
export type StateCounts = z.output<typeof StateCounts>;
