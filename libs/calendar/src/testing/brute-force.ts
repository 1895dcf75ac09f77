import type { Gap, Instant, Repeat } from '@holdfast/domain';
import type { Meant } from './expressions.ts';

const MINUTE = 60_000;

export interface ForcedTick {
  readonly at: Instant;
  readonly kind: 'plain' | 'gap' | 'first' | 'last';
}

/** What clocks in a zone show, minute by minute, as the runtime says it: nothing is computed. */
export class WallClock {
  /** Minutes, as if what they show were UTC. */
  readonly shown: Int32Array;

  constructor(
    zone: string,
    readonly from: Instant,
    readonly until: Instant,
  ) {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
    this.shown = Int32Array.from({ length: (until - from) / MINUTE }, (_, n) => {
      return Date.parse(`${format.format(from + n * MINUTE).replace(' ', 'T')}Z`) / MINUTE;
    });
  }
}

/** Every tick that any policy could want, found by looking at each minute that passes and at each that a clock leaves out. */
export function bruteForce({ shown: clock, from }: WallClock, meant: Meant): ForcedTick[] {
  const ticks: ForcedTick[] = [];
  const seconds = [...meant.seconds].sort((a, b) => a - b);
  const repeated = repeatedMinutes(clock);
  const fitting = new Fitting(meant);
  clock.forEach((shown, n) => {
    const at = from + n * MINUTE;
    const isFit = fitting.fits(shown);
    const isDueAtOnce = isFit && meant.seconds.has(0);
    if (!isDueAtOnce && anyMissing(fitting, clock[n - 1] ?? shown - 1, shown)) ticks.push({ at, kind: 'gap' });
    if (!isFit) return;
    const kind = repeated.get(n) ?? 'plain';
    for (const second of seconds) ticks.push({ at: at + second * 1000, kind });
  });
  return ticks;
}

export function isWanted({ kind }: ForcedTick, gap: Gap, repeat: Repeat): boolean {
  if (kind === 'plain') return true;
  return kind === 'gap' ? gap === 'after' : repeat === 'both' || repeat === kind;
}

/** Which minutes show a time that comes twice, and whether they are the first or the last to show it. */
function repeatedMinutes(shown: Int32Array): Map<number, 'first' | 'last'> {
  const repeated = new Map<number, 'first' | 'last'>();
  for (let n = 1; n < shown.length; n++) {
    const back = (shown[n - 1] ?? 0) + 1 - (shown[n] ?? 0);
    for (let m = 0; m < back; m++) repeated.set(n - back + m, 'first').set(n + m, 'last');
  }
  return repeated;
}

function anyMissing(fitting: Fitting, before: number, after: number): boolean {
  for (let minute = before + 1; minute < after; minute++) if (fitting.fits(minute)) return true;
  return false;
}

/** Whether an expression means a minute, remembering what it says of a day. */
class Fitting {
  private readonly days = new Map<number, boolean>();

  constructor(private readonly meant: Meant) {}

  fits(minute: number): boolean {
    const { minutes, hours } = this.meant;
    return (
      minutes.has(minute % 60) && hours.has(Math.floor(minute / 60) % 24) && this.fitsDay(Math.floor(minute / 1440))
    );
  }

  private fitsDay(day: number): boolean {
    const known = this.days.get(day) ?? meansDay(this.meant, new Date(day * 1440 * MINUTE));
    this.days.set(day, known);
    return known;
  }
}

function meansDay({ months, days, weekdays }: Meant, day: Date): boolean {
  if (!months.has(day.getUTCMonth() + 1)) return false;
  const [fitsDay, fitsWeekday] = [days?.has(day.getUTCDate()), weekdays?.has(day.getUTCDay())];
  return fitsDay === undefined || fitsWeekday === undefined ? (fitsDay ?? fitsWeekday ?? true) : fitsDay || fitsWeekday;
}
