import { Temporal } from 'temporal-polyfill';
import type { Instant } from '@holdfast/domain';

/** A stretch of time in which a zone's clocks are not changed. */
export interface ZoneSegment {
  /** When the clocks were changed before; -Infinity: never. */
  readonly from: Instant;
  /** When they are changed next; Infinity: never. */
  readonly until: Instant;
  /** What they show beyond UTC, in milliseconds. */
  readonly offset: number;
  /** What they showed beyond UTC before. */
  readonly offsetBefore: number;
}

/** A segment is looked up for every tick, and there are few. */
const REMEMBERED = 200;
const zones = new Map<string, TimeZone>();

/** The zone of that name, in any case; undefined if there is none. One object serves everybody: it remembers. */
export function findZone(name: string): TimeZone | undefined {
  const official = zones.has(name) ? name : officialName(name);
  if (official === undefined) return undefined;
  const zone = zones.get(official) ?? new TimeZone(official);
  zones.set(official, zone);
  return zone;
}

/** An offset such as +02:00 is no zone: it knows no summer time. */
function officialName(name: string): string | undefined {
  if (!/^[a-z]/i.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

export class TimeZone {
  private segments: ZoneSegment[] = [];

  constructor(readonly name: string) {}

  segmentAt(instant: Instant): ZoneSegment {
    const known = this.segments.find(({ from, until }) => instant >= from && instant < until);
    if (known) return known;
    if (this.segments.length >= REMEMBERED) this.segments = [];
    const segment = this.measure(instant);
    this.segments.push(segment);
    return segment;
  }

  private measure(instant: Instant): ZoneSegment {
    const here = this.at(instant);
    const next = here.getTimeZoneTransition('next');
    const last = this.at(instant + 1).getTimeZoneTransition('previous'); // a change at this very instant is the last one
    const offset = offsetOf(here);
    return {
      from: last?.epochMilliseconds ?? -Infinity,
      until: next?.epochMilliseconds ?? Infinity,
      offset,
      offsetBefore: last ? offsetOf(this.at(last.epochMilliseconds - 1)) : offset,
    };
  }

  private at(instant: Instant): Temporal.ZonedDateTime {
    return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(this.name);
  }
}

function offsetOf(time: Temporal.ZonedDateTime): number {
  return time.offsetNanoseconds / 1e6;
}
