import { Injectable } from '@nestjs/common';
import type { JobContext } from '../handling/job-context.ts';
import type { Attempt } from './attempt.ts';
import { LogWriter } from './log-writer.ts';
import { ProgressWriter } from './progress-writer.ts';

/** What a handler tells of its work, for people to read. */
@Injectable()
export class JobNotes {
  constructor(
    private readonly progress: ProgressWriter,
    private readonly logs: LogWriter,
  ) {}

  of(attempt: Attempt): Pick<JobContext, 'progress' | 'log'> {
    return {
      progress: (value) => this.progress.report(attempt, value),
      log: (line) => this.logs.write(attempt, line),
    };
  }

  /** @returns undefined if there is nothing to wait for */
  end(attempt: Attempt): Promise<void> | undefined {
    const [progress, logs] = [this.progress.end(attempt), this.logs.end(attempt)];
    return progress && logs ? Promise.all([progress, logs]).then(() => undefined) : (progress ?? logs);
  }
}
