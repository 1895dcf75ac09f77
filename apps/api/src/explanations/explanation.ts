import { SHOWN_STATES } from '@holdfast/domain';
import { z } from 'zod';

/** Every reason that can keep a job from running, and every state that it can be in instead. */
export const REASON_CODES = [
  'due-later',
  'waiting-for-retry',
  'past-deadline',
  'queue-paused',
  'queue-limit',
  'key-limit',
  'rate-limit',
  'out-of-turn',
  'no-worker',
  'queue-not-served',
  'type-unknown',
  'slots-busy',
  'not-indexed',
  'about-to-start',
  'blocked',
  'running',
  'cancel-requested',
  'worker-silent',
  'succeeded',
  'dead',
  'cancelled',
  'expired',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

export const Reason = z.object({
  code: z.enum(REASON_CODES).meta({ description: 'For programs' }),
  detail: z.string().meta({ description: 'What is the case, in a sentence' }),
  remedy: z.string().meta({ description: 'What can be done about it, in a sentence' }),
});
export type Reason = z.output<typeof Reason>;

export const Explanation = z
  .object({
    id: z.uuid(),
    state: z.enum(SHOWN_STATES),
    reasons: z.array(Reason).meta({ description: 'All that are true now' }),
    position: z.int().nullable().meta({ description: 'Its place among the ready jobs of its queue, from 1' }),
    estimatedStartAt: z.iso.datetime().nullable().meta({
      description: 'If jobs of the queue go on starting as in the last minute',
    }),
  })
  .meta({ id: 'Explanation' });
export type Explanation = z.output<typeof Explanation>;
