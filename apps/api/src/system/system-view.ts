import { INDEX_FAULTS } from '@holdfast/queue';
import { z } from 'zod';

export const MODES = ['normal', 'index-down', 'store-down'] as const;

/** Where a queue's jobs come from, and why if not from the index. */
const QueueIndexState = z.enum(['ready', 'rebuilding', 'away', 'none', ...INDEX_FAULTS]);

const QueueIndexView = z.object({
  name: z.string(),
  index: QueueIndexState.meta({
    description:
      'ready; rebuilding; away: its server does not answer; none: there is no Redis; else why it is lost, until a scheduler rebuilds it. Unless ready, workers claim from MySQL',
  }),
  generation: z.int().min(0).meta({ description: 'Grows with every rebuild' }),
  drift: z
    .object({ jobs: z.int().min(0), lastAt: z.iso.datetime().nullable() })
    .meta({ description: 'Jobs that the index was not told of, and that a scheduler found and added, ever' }),
  lastRebuild: z
    .object({ at: z.iso.datetime(), cause: z.string(), durationMs: z.int().min(0), jobs: z.int().min(0) })
    .nullable(),
});
export type QueueIndexView = z.output<typeof QueueIndexView>;

export const SystemView = z
  .object({
    mode: z.enum(MODES).meta({
      description:
        'normal; index-down: jobs of some queues come from MySQL, also for some seconds after a queue was resumed or its limits changed, while its index is built anew; store-down: MySQL does not answer, nothing is accepted',
    }),
    version: z.string(),
    redis: z
      .enum(['none', 'single', 'sentinel', 'cluster'])
      .meta({ description: 'none: the system runs on MySQL alone, as it was told to' }),
    clockSkewMs: z.int().nullable().meta({ description: "How far this api's clock is ahead of MySQL's" }),
    queues: z.array(QueueIndexView).meta({ description: 'Those that had jobs of yours; at most 200, by name' }),
  })
  .meta({
    example: {
      mode: 'normal',
      version: '0.1.0',
      redis: 'single',
      clockSkewMs: 2,
      queues: [
        {
          name: 'default',
          index: 'ready',
          generation: 3,
          drift: { jobs: 12, lastAt: '2026-11-22T01:20:00.000Z' },
          lastRebuild: { at: '2026-11-22T01:19:57.000Z', cause: 'missing', durationMs: 184, jobs: 4210 },
        },
      ],
    },
  });
export type SystemView = z.output<typeof SystemView>;
