import { JOB_LIMITS, type JsonText, type RecordedStep } from '@holdfast/domain';
import type { StepStore } from '@holdfast/persistence';
import { DoNotRetryError } from '../handling/job-context.ts';
import { StopRequest, type Attempt } from './attempt.ts';
import { toResult } from './result.ts';

/** The steps of one attempt: those that earlier attempts recorded are not done again. */
export class Steps {
  private recorded: Promise<Map<string, RecordedStep>> | undefined;
  private readonly used = new Set<string>();

  constructor(
    private readonly attempt: Attempt,
    private readonly store: StepStore,
  ) {}

  /** Does `work` unless it is recorded; its result went through JSON, also the first time. */
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
    stop.signal.throwIfAborted();
    const step = { name, result: toResult(await work(`${job.id}/${name}`), `step '${name}'`) };
    return valueOf(await this.record(step, recorded)) as T;
  }

  /** A step is known by its name, so within an attempt each has its own. */
  private use(name: string): void {
    if (name === '' || name !== name.trim() || name.length > JOB_LIMITS.stepNameLength) {
      throw new DoNotRetryError(
        `a step's name has 1 to ${JOB_LIMITS.stepNameLength} characters and no space at its ends`,
      );
    }
    if (this.used.has(name)) throw new DoNotRetryError(`this attempt already had a step '${name}'`);
    this.used.add(name);
  }

  private async load(): Promise<Map<string, RecordedStep>> {
    const steps = await this.store.find(this.attempt.job.id);
    return new Map(steps.map((step) => [step.name, step]));
  }

  private async record(step: RecordedStep, recorded: Map<string, RecordedStep>): Promise<RecordedStep> {
    const { workerId, job, stop } = this.attempt;
    const kept = await this.store.record(workerId, job, step);
    if (!kept) {
      stop.abort(new StopRequest('lease-lost'));
      throw stop.signal.reason;
    }
    recorded.set(step.name, kept);
    return kept;
  }
}

function valueOf({ result }: { readonly result: JsonText | undefined }): unknown {
  return result === undefined ? undefined : JSON.parse(result);
}
