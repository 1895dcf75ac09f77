import { Injectable } from '@nestjs/common';
import { MoreJobs, nodesOf, timeFaults, toNewJob } from '@holdfast/contract';
import type { AddedNode, GraphFault, JobId } from '@holdfast/domain';
import { DependencyStore, StoreClock, WorkflowAdditionStore, type DependencyOutcome } from '@holdfast/persistence';
import { DoNotRetryError, type FinishedDependency, type JobContext } from '../handling/job-context.ts';
import type { Attempt } from './attempt.ts';
import { insist, loseJob } from './recorded-work.ts';

/** Read at once: what they returned is in memory together. */
const PAGE = 32;

/** What a handler has to do with other jobs: those that its own waited for, and those that it adds to its workflow. */
@Injectable()
export class Neighbours {
  constructor(
    private readonly dependencies: DependencyStore,
    private readonly additions: WorkflowAdditionStore,
    private readonly clock: StoreClock,
  ) {}

  of(attempt: Attempt): Pick<JobContext, 'dependencies' | 'addJobs'> {
    return {
      dependencies: () => this.read(attempt.job.id),
      addJobs: (jobs) => this.add(attempt, jobs),
    };
  }

  private async *read(id: JobId): AsyncGenerator<FinishedDependency> {
    for await (const outcome of this.dependencies.outcomes(id, PAGE)) yield toDependency(outcome);
  }

  private async add(attempt: Attempt, jobs: unknown): Promise<Record<string, JobId>> {
    attempt.stop.signal.throwIfAborted();
    const { job, workerId } = attempt;
    const own = await this.dependencies.findMembership(job.id);
    if (!own) throw new DoNotRetryError('addJobs: this job is not part of a workflow');
    const added = this.toNodes(attempt, jobs);
    const by = { workerId, jobId: job.id, fence: job.fence };
    const answer = await insist(attempt, () => this.additions.add(job.tenant, own.workflowId, added, by));
    if (answer.kind === 'job-lost') throw loseJob(attempt);
    if (answer.kind === 'faulty') throw new DoNotRetryError(`addJobs: ${answer.faults.map(toText).join('; ')}`);
    if (answer.kind !== 'added') throw new DoNotRetryError('addJobs: the workflow was cancelled');
    return Object.fromEntries(answer.ids);
  }

  /** Held to the same rules as what comes over REST. */
  private toNodes({ job: { tenant, traceparent } }: Attempt, jobs: unknown): AddedNode[] {
    const parsed = MoreJobs.safeParse({ jobs });
    if (!parsed.success) {
      const faults = parsed.error.issues.map(({ path, message }) => `/${path.join('/')} ${message}`);
      throw new DoNotRetryError(`addJobs: ${faults.join('; ')}`);
    }
    const now = this.clock.now();
    return nodesOf(parsed.data.jobs).map((node) => {
      const submission = { ...parsed.data.jobs[node.name], dependsOn: [] } as Parameters<typeof toNewJob>[0];
      const [fault] = timeFaults(submission, now, `/jobs/${node.name}`);
      if (fault) throw new DoNotRetryError(`addJobs: ${fault.pointer} ${fault.message}`);
      return { ...node, job: toNewJob(submission, tenant, now, traceparent) };
    });
  }
}

function toDependency({ id, name, type, state, result, error }: DependencyOutcome): FinishedDependency {
  return {
    ...{ id, name, type, state },
    result: result === undefined ? undefined : JSON.parse(result),
    error: error === undefined ? undefined : (JSON.parse(error) as FinishedDependency['error']),
  };
}

function toText({ name, message }: GraphFault): string {
  return `${name}: ${message}`;
}
