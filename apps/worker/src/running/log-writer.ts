import { JOB_LIMITS, type LoggedLine } from '@holdfast/domain';
import { JobLogStore, StoreClock } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import type { Attempt } from './attempt.ts';

const WRITE_EVERY_MS = 1_000;
const NO_MORE = 'Further lines of this attempt are not kept.';
const CUT = '…';

interface Notes {
  lines: LoggedLine[];
  count: number;
}

/** Keeps lines with their jobs: those of all jobs about once a second in one statement, and those of an attempt before it ends. */
@Injectable()
export class LogWriter {
  private readonly notes = new Map<Attempt, Notes>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly logs: JobLogStore,
    private readonly clock: StoreClock,
    private readonly logger: PinoLogger,
  ) {}

  write(attempt: Attempt, line: unknown): void {
    const notes = this.notes.get(attempt) ?? this.begin(attempt);
    if (notes.count >= JOB_LIMITS.logLines) return;
    notes.count += 1;
    const { id, fence, attempt: of } = attempt.job;
    const text = notes.count === JOB_LIMITS.logLines ? NO_MORE : bounded(String(line));
    notes.lines.push({ id, fence, attempt: of, number: notes.count, at: this.clock.now(), line: text });
    this.timer ??= setTimeout(() => void this.writeAll(), WRITE_EVERY_MS);
  }

  /** The attempt ends, and after that nothing of it is accepted. @returns undefined if it wrote nothing */
  end(attempt: Attempt): Promise<void> | undefined {
    const notes = this.notes.get(attempt);
    if (!notes) return undefined;
    this.notes.delete(attempt);
    return this.store([[attempt, notes]]);
  }

  private begin(attempt: Attempt): Notes {
    const notes: Notes = { lines: [], count: 0 };
    this.notes.set(attempt, notes);
    if (attempt.job.fence > JOB_LIMITS.loggedAttempts) void this.logs.forgetOld(attempt.job).catch(() => undefined);
    return notes;
  }

  private async writeAll(): Promise<void> {
    this.timer = undefined;
    await this.store([...this.notes]);
  }

  /** What MySQL does not take is tried again with what comes next; a line that is there is not written twice. */
  private async store(all: readonly (readonly [Attempt, Notes])[]): Promise<void> {
    for (const [workerId, group] of Map.groupBy(all, ([attempt]) => attempt.workerId)) {
      const taken = group.map(([, notes]) => ({ notes, lines: notes.lines.splice(0) }));
      const lines = taken.flatMap((each) => each.lines);
      if (lines.length === 0) continue;
      try {
        await this.logs.append(workerId, lines);
      } catch (error) {
        for (const each of taken) each.notes.lines.unshift(...each.lines);
        this.logger.warn({ err: error, lines: lines.length }, 'lines of handlers were not written');
      }
    }
  }
}

/** Cut between characters, so that it stays readable. */
function bounded(line: string): string {
  const text = line.toWellFormed();
  if (Buffer.byteLength(text) <= JOB_LIMITS.logLineBytes) return text;
  const bytes = Buffer.from(text).subarray(0, JOB_LIMITS.logLineBytes - Buffer.byteLength(CUT));
  return new TextDecoder().decode(bytes, { stream: true }) + CUT;
}
