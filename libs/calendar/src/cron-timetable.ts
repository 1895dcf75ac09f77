import type { Gap, Instant, Repeat, Tick, Timetable } from '@holdfast/domain';
import type { CronPattern, WallTime } from './cron-pattern.ts';
import type { TimeZone, ZoneSegment } from './time-zone.ts';

export interface ClockChangePolicies {
  readonly gap: Gap;
  readonly repeat: Repeat;
}

/** No zone is further from UTC than 26 hours, changes included. */
const FAR = 27 * 3_600_000;
/** Clock changes that one question looks at: as many as there are between two leap days, and more. */
const LOOKS = 1_000;

/**
 * Where the wall times of a pattern come to stand in a zone. Between two changes of its clocks both run alike, so the
 * pattern is asked for its next wall time; a change leaves wall times out or makes them come twice, and the policies say
 * what becomes of those.
 */
export class CronTimetable implements Timetable {
  constructor(
    private readonly pattern: CronPattern,
    private readonly zone: TimeZone,
    private readonly policies: ClockChangePolicies,
  ) {}

  next(after: Instant): Tick | undefined {
    let segment = this.zone.segmentAt(after);
    let cursor: WallTime = after + segment.offset;
    for (let looks = 0; looks < LOOKS; looks++) {
      const wall = this.pattern.next(cursor);
      if (wall === undefined) return undefined;
      if (wall - segment.offset < segment.until) {
        const skipTo = this.endOfUnwanted(wall, segment);
        if (skipTo === undefined) return { at: wall - segment.offset, oddity: this.repetition(wall, segment) };
        cursor = skipTo - 1;
        continue;
      }
      const coming = this.zone.segmentAt(Math.max(segment.until, wall - FAR));
      const inGap = coming.from === segment.until && wall < coming.from + coming.offset;
      if (inGap) return this.afterGap(wall, coming);
      const start = coming.from + coming.offset;
      cursor = coming.from === segment.until ? start - 1 : Math.max(start, wall) - 1;
      segment = coming;
    }
    return undefined;
  }

  /** The clock was set forward over this time. A run that is due right after it anyway stands for both. */
  private afterGap(missing: WallTime, { from: at, offset }: ZoneSegment): Tick {
    if (this.pattern.next(at + offset - 1) === at + offset) return { at };
    return { at, oddity: { kind: 'gap', missing }, skipped: this.policies.gap === 'skip' };
  }

  private repetition(wall: WallTime, segment: ZoneSegment): Tick['oddity'] {
    if (wall < this.endOfLast(segment)) return { kind: 'repeated', which: 'last' };
    return wall >= this.startOfFirst(segment) ? { kind: 'repeated', which: 'first' } : undefined;
  }

  /** If this is the one of two equal times that shall not run: the first time after all that shall not. */
  private endOfUnwanted(wall: WallTime, segment: ZoneSegment): WallTime | undefined {
    const { repeat } = this.policies;
    if (repeat === 'first' && wall < this.endOfLast(segment)) return this.endOfLast(segment);
    if (repeat === 'last' && wall >= this.startOfFirst(segment)) return segment.until + segment.offset;
    return undefined;
  }

  /** Before it, this segment's times have come already. */
  private endOfLast({ from, offset, offsetBefore }: ZoneSegment): WallTime {
    return offsetBefore > offset ? from + offsetBefore : -Infinity;
  }

  /** From it on, this segment's times come again. */
  private startOfFirst({ until, offset }: ZoneSegment): WallTime {
    if (until === Infinity) return Infinity;
    const coming = this.zone.segmentAt(until);
    return coming.offset < offset ? until + coming.offset : Infinity;
  }
}
