import { CronError, findZone, readCron } from '@holdfast/calendar';
import {
  durationField,
  integerField,
  nameField,
  nearest,
  strictObject,
  Submission,
  timeField,
} from '@holdfast/contract';
import { GAPS, MISFIRES, OVERLAPS, REPEATS, SCHEDULE_DEFAULTS, SCHEDULE_LIMITS } from '@holdfast/domain';
import { z } from 'zod';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const CRON_MESSAGE = 'must be a cron expression such as "30 2 * * *" or @daily';

const cronField = z
  .string(CRON_MESSAGE)
  .transform((text, context) => {
    try {
      readCron(text);
      return text.trim();
    } catch (error) {
      context.addIssue(error instanceof CronError ? error.message : CRON_MESSAGE);
      return z.NEVER;
    }
  })
  .meta({
    description:
      'When it runs: minute, hour, day of the month, month, day of the week, or six fields with the second first, or @yearly, @monthly, @weekly, @daily, @hourly',
    examples: ['30 2 * * *', '*/15 8-18 * * MON-FRI', '0 0 L * *', '@daily'],
  });

const zoneField = z
  .string('must be the name of a time zone such as Europe/Berlin')
  .transform((name, context) => {
    const zone = findZone(name);
    if (zone) return zone.name;
    const meant = nearest(name, Intl.supportedValuesOf('timeZone'));
    context.addIssue(`must be the name of a time zone such as Europe/Berlin${meant ? `; did you mean ${meant}?` : ''}`);
    return z.NEVER;
  })
  .meta({ description: 'In which the expression is meant: an IANA name', examples: ['Europe/Berlin'] });

const choice = <const Choices extends readonly string[]>(choices: Choices) =>
  z.enum(choices, `must be one of ${choices.join(', ')}`);

const misfireField = choice(MISFIRES).meta({
  description:
    'What runs of ticks that were missed for more than a minute: none, the last one, or the last misfireLimit',
});
const limitField = integerField(1, SCHEDULE_LIMITS.misfireLimit);
const overlapField = choice(OVERLAPS).meta({
  description:
    'While a job of an earlier tick has not finished: allow another, skip, queue one, or cancel the earlier one and run after it',
});
const jitterField = durationField(0, SCHEDULE_LIMITS.jitterMs);

const { type, payload, queue, priority, timeout, maxAttempts, backoff, tags, concurrencyKey, fairnessKey } =
  Submission.shape;
const TIMES_INSTEAD = 'the schedule gives each run its time and its id; see cron, every and jitter';
const OVERLAP_INSTEAD =
  "the schedule's overlap says what becomes of a tick while the job of an earlier one has not finished: skip, queue or cancel";
const GRAPH_INSTEAD = 'a run waits for no other job; its handler may add jobs';
const INSTEAD = {
  id: TIMES_INSTEAD,
  runAt: TIMES_INSTEAD,
  delay: TIMES_INSTEAD,
  deadline: TIMES_INSTEAD,
  uniqueKey: OVERLAP_INSTEAD,
  uniqueFor: OVERLAP_INSTEAD,
  onConflict: OVERLAP_INSTEAD,
  ordered: OVERLAP_INSTEAD,
  dependsOn: GRAPH_INSTEAD,
};

/** What every run submits: a job without times and without an id, which the schedule gives it. */
export const ScheduleJob = strictObject(
  { type, payload, queue, priority, timeout, maxAttempts, backoff, tags, concurrencyKey, fairnessKey },
  INSTEAD,
).meta({ id: 'ScheduleJob' });
export type ScheduleJob = z.output<typeof ScheduleJob>;

/** When ticks come. */
const TIMES = {
  cron: cronField.optional(),
  every: durationField(SCHEDULE_LIMITS.everyMinMs, SCHEDULE_LIMITS.everyMaxMs)
    .optional()
    .meta({ description: 'Instead of cron: how long from one run to the next, whatever clocks on walls do' }),
  timezone: zoneField.prefault(SCHEDULE_DEFAULTS.timezone),
  gap: choice(GAPS).optional().meta({
    description:
      'A time that the clock is set forward over: skip it, or run at the first moment after. Left out: after if the hours are named, else skip',
  }),
  repeat: choice(REPEATS).optional().meta({
    description:
      'A time that comes twice because the clock is set back: the first, the last, or both. Left out: first if the hours are named, else both',
  }),
  startAt: timeField().optional().meta({ description: 'No run before; an interval counts from it' }),
  endAt: timeField().optional().meta({ description: 'No run after' }),
};

/** A schedule as a caller makes it. */
export const NewSchedule = strictObject({
  name: nameField(SCHEDULE_LIMITS.nameLength)
    .refine((name) => !UUID.test(name), 'must not look like an id')
    .meta({ description: 'Unique within the tenant', examples: ['nightly-report'] }),
  ...TIMES,
  job: ScheduleJob,
  misfire: misfireField.prefault(SCHEDULE_DEFAULTS.misfire),
  misfireLimit: limitField.prefault(SCHEDULE_DEFAULTS.misfireLimit),
  overlap: overlapField.prefault(SCHEDULE_DEFAULTS.overlap),
  jitter: jitterField.prefault('0s').meta({ description: 'Each run is put off by a part of this' }),
  maxRuns: integerField(1, SCHEDULE_LIMITS.maxRuns).optional().meta({ description: 'Ends after so many runs' }),
  paused: z.boolean('must be true or false').prefault(false),
}).meta({ id: 'NewSchedule' });
export type NewSchedule = z.output<typeof NewSchedule>;

/** What may be changed of a schedule: everything but its name. A field that is left out stays as it is, null removes it. */
export const ScheduleChanges = strictObject({
  cron: cronField.optional().meta({ description: 'Takes the place of every' }),
  every: TIMES.every.meta({ description: 'Takes the place of cron' }),
  timezone: zoneField.optional(),
  gap: TIMES.gap.nullable(),
  repeat: TIMES.repeat.nullable(),
  startAt: TIMES.startAt.nullable(),
  endAt: TIMES.endAt.nullable(),
  job: ScheduleJob.optional().meta({ description: 'Replaced as a whole' }),
  misfire: misfireField.optional(),
  misfireLimit: limitField.optional(),
  overlap: overlapField.optional(),
  jitter: jitterField.optional(),
  maxRuns: integerField(1, SCHEDULE_LIMITS.maxRuns).nullable().optional(),
  paused: z.boolean('must be true or false').optional(),
});
export type ScheduleChanges = z.output<typeof ScheduleChanges>;

const TIMES_ALONE = 'nothing, a preview is of the times alone';
const LEFT_OUT = ['name', 'job', 'misfire', 'misfireLimit', 'overlap', 'jitter', 'maxRuns', 'paused'];

/** Times to look at before there is a schedule. */
export const Sketch = strictObject(
  {
    ...TIMES,
    from: timeField().optional().meta({ description: 'From when on; now, unless given' }),
    limit: integerField(1, SCHEDULE_LIMITS.previewed).prefault(10),
  },
  Object.fromEntries(LEFT_OUT.map((name) => [name, TIMES_ALONE])),
);
export type Sketch = z.output<typeof Sketch>;

export const BackfillRange = strictObject({
  from: timeField().meta({ description: 'Included' }),
  until: timeField().meta({ description: 'Not included, and not in the future' }),
});
export type BackfillRange = z.output<typeof BackfillRange>;
