import { JOB_LIMITS, type JobSteps, type RecordedStep } from '@holdfast/domain';
import { DoNotRetryError } from '../handling/job-context.ts';
import type { Attempt } from './attempt.ts';
import { checkName, doAndRecord, valueOf, type Recorded } from './recorded-work.ts';

/** The steps of one attempt: those that earlier attempts recorded are not done again. */
export class Steps {
  private recorded: Promise<Map<string, RecordedStep>> | undefined;
  private readonly used = new Set<string>();

  constructor(
    private readonly attempt: Attempt,
    private readonly store: JobSteps,
  ) {}

  /** Does `work` unless it is recorded. */
  async step<T>(name: string, work: (key: string) => Promise<T> | T): Promise<T> {
    const { job, stop } = this.attempt;
    stop.signal.throwIfAborted();
    this.use(name);
    const recorded = await (this.recorded ??= this.load());
    const before = recorded.get(name);
    if (before) return valueOf(before) as T;
    if (recorded.size >= JOB_LIMITS.steps) {
      throw new DoNotRetryError(
        `a job may have ${JOB_LIMITS.steps} steps; do their names change from attempt to attempt?`,
      );
    }
    return doAndRecord(this.attempt, {
      name: `step '${name}'`,
      work: () => work(`${job.id}/${name}`),
      record: (done) => this.record({ name, ...done }, recorded),
    });
  }

  /** A step is known by its name, so within an attempt each has its own. */
  private use(name: string): void {
    checkName("a step's name", name, JOB_LIMITS.stepNameLength);
    if (this.used.has(name)) throw new DoNotRetryError(`this attempt already had a step '${name}'`);
    this.used.add(name);
  }

  private async load(): Promise<Map<string, RecordedStep>> {
    const steps = await this.store.find(this.attempt.job.id);
    return new Map(steps.map((step) => [step.name, step]));
  }

  private async record(step: RecordedStep, recorded: Map<string, RecordedStep>): Promise<Recorded | undefined> {
    const kept = await this.store.record(this.attempt.workerId, this.attempt.job, step);
    if (kept) recorded.set(step.name, kept);
    return kept;
  }
}
