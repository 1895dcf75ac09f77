import { durationField, idField, nameField, queueField, strictObject, tagField, typeField } from '@holdfast/contract';
import { SCHEDULE_LIMITS, SHOWN_STATES } from '@holdfast/domain';
import { z } from 'zod';
import { cursorField, limitField } from '../http/page.ts';

const STATE_MESSAGE = `must be one of ${SHOWN_STATES.join(', ')}`;

/** Which jobs, whatever their state. */
export const FILTERS = {
  queue: queueField.optional(),
  type: typeField.optional(),
  tag: tagField.optional(),
  limit: limitField,
  cursor: cursorField(idField),
};

export const JobQuery = strictObject({
  ...FILTERS,
  schedule: nameField(SCHEDULE_LIMITS.nameLength)
    .optional()
    .meta({ description: 'The name of the schedule that made them' }),
  state: z.enum(SHOWN_STATES, STATE_MESSAGE).optional(),
});
export type JobQuery = z.output<typeof JobQuery>;

/** No longer than what is usual for a proxy in between to stand. */
export const WAIT_MAX_MS = 60_000;

export const WaitQuery = strictObject({
  timeout: durationField(0, WAIT_MAX_MS).prefault('30s').meta({ description: 'How long to wait at most, up to 60s' }),
});
export type WaitQuery = z.output<typeof WaitQuery>;

export const JobParameters = strictObject({ id: idField });
export type JobParameters = z.output<typeof JobParameters>;
