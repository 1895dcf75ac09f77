import { z } from 'zod';

/** Which dead letters of the job's own tenant: the api has checked and written it. */
export const LetterFilter = z.strictObject({
  queue: z.string().optional(),
  type: z.string().optional(),
  tag: z.string().optional(),
  diedFrom: z.int().optional(),
  /** Always there: what dies again meanwhile is left alone, and who does it twice does nothing more. */
  diedBefore: z.int(),
});
export type LetterFilter = z.output<typeof LetterFilter>;
