import { Cron } from 'croner';
import { SCHEDULE_LIMITS } from '@holdfast/domain';

/** What a clock on a wall shows, as if it were UTC: milliseconds, of whole seconds. */
export type WallTime = number;

/** The times that a cron expression matches, on a calendar without zones. */
export interface CronPattern {
  /** Its hours are `*` or a step of all: it means to run the day round, not at a certain time. */
  readonly runsAllDay: boolean;
  /** Bounded by the end of the library's calendar: milliseconds even for what never matches. */
  next(after: WallTime): WallTime | undefined;
}

/** Says what is wrong with an expression, and what would be right. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** In the order of an expression with six. */
const FIELDS = [
  ['second', '0 to 59'],
  ['minute', '0 to 59'],
  ['hour', '0 to 23'],
  ['day of the month', '1 to 31, L for the last, 15W for the working day nearest to the 15th'],
  ['month', '1 to 12 or JAN to DEC'],
  ['day of the week', '0 to 7 (0 and 7 are Sunday) or SUN to SAT, FRI#2 for the second Friday, FRI#L for the last'],
] as const;
const HOUR = 2;
const FORM = `five fields (minute, hour, day of the month, month, day of the week), six with the second first, or one of ${Object.keys(NICKNAMES).join(', ')}`;
const THE_BEGINNING: WallTime = Date.UTC(2000, 0, 1);

/** @throws CronError for what cannot be read, and for what never matches */
export function readCron(expression: string): CronPattern {
  const fields = fieldsOf(expression);
  const cron = parse(fields) ?? complain(fields);
  const next = (after: WallTime): WallTime | undefined => cron.nextRun(new Date(after))?.getTime();
  if (next(THE_BEGINNING) === undefined) {
    throw new CronError(`never comes: no month has such a day. ${describe(fields)}`);
  }
  return { runsAllDay: /^\*(\/\d+)?$|^\?$/.test(fields[HOUR] ?? ''), next };
}

function fieldsOf(expression: string): string[] {
  const text = expression.trim();
  if (text.length > SCHEDULE_LIMITS.cronLength) {
    throw new CronError(`must have at most ${SCHEDULE_LIMITS.cronLength} characters`);
  }
  const fields = (NICKNAMES[text.toLowerCase()] ?? text).split(/\s+/);
  if (fields.length === 5) return ['0', ...fields];
  if (fields.length === 6) return fields;
  throw new CronError(`has ${text === '' ? 0 : fields.length} fields; write ${FORM}`);
}

/** Days of the month and of the week that are both given match either, as in every cron. */
function parse(fields: readonly string[]): Cron | undefined {
  try {
    return new Cron(fields.join(' '), { utcOffset: 0, mode: '6-part', domAndDow: false });
  } catch {
    return undefined;
  }
}

/** The field that is wrong by itself. */
function complain(fields: readonly string[]): never {
  const everything = ['*', '*', '*', '*', '*', '*'];
  const wrong = fields.findIndex((field, n) => !parse(everything.with(n, field)));
  const [name, range] = FIELDS[wrong] ?? [];
  if (name === undefined) throw new CronError(`cannot be read; write ${FORM}`);
  const forms = 'also lists such as 1,15, ranges such as 1-5, steps such as */10';
  throw new CronError(`has "${fields[wrong] ?? ''}" for the ${name}, which may be *, ${range}; ${forms}`);
}

function describe(fields: readonly string[]): string {
  return `It asks for the day of the month "${fields[3] ?? ''}" in the month "${fields[4] ?? ''}"`;
}
