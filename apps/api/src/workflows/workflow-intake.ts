import { nodesOf, type NewWorkflow, type Submission, type WorkflowJob } from '@holdfast/contract';
import { linkJobsOf, type AddedNode, type JobId, type NewJob, type WorkflowId } from '@holdfast/domain';
import { WorkflowAdditionStore, type AdditionAnswer } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import { Problem } from '../http/problem.ts';
import type { RequestKey } from '../jobs/idempotency-key.decorator.ts';
import { JobIntake } from '../jobs/job-intake.ts';
import { KeyedIntake } from '../jobs/keyed-intake.ts';
import type { Accepted, Order } from '../jobs/order.ts';
import { workflowIdOf } from './workflow-id.ts';
import { unknownWorkflow } from './workflow-reader.ts';
import type { AcceptedWorkflow } from './workflow-view.ts';

type Jobs = Readonly<Record<string, WorkflowJob>>;

/** Whose request it is, and what it is kept with. */
export interface Sender {
  readonly tenant: string;
  readonly traceparent: string | undefined;
}

/** Takes workflows in as what they are: batches of jobs that wait for one another. */
@Injectable()
export class WorkflowIntake {
  constructor(
    private readonly intake: JobIntake,
    private readonly keyed: KeyedIntake,
    private readonly additions: WorkflowAdditionStore,
  ) {}

  /** All of the graph or nothing. */
  async submit(
    sender: Sender,
    { name, jobs }: NewWorkflow,
    key: RequestKey | undefined,
  ): Promise<{ readonly accepted: AcceptedWorkflow; readonly replayed: boolean }> {
    const { tenant } = sender;
    const order: Order = {
      ...orderOf(sender, jobs),
      link: (made, createdAt) => {
        const id = workflowIdOf(made[0]?.id ?? '', createdAt);
        const workflow = { id, tenant, name, createdAt };
        return linkJobsOf({ workflow, isNew: true, known: [], added: addedNodes(jobs, made) }).jobs;
      },
    };
    const { jobs: made, replayed } = await this.accept(order, key);
    const id = made[0]?.place?.workflow.id ?? '';
    return { accepted: { id, name, jobs: idsByName(made) }, replayed };
  }

  /** More jobs for a workflow that there is. @returns their ids by name */
  async add(sender: Sender, id: WorkflowId, jobs: Jobs): Promise<Record<string, JobId>> {
    const made = await this.intake.prepare(orderOf(sender, jobs));
    return Object.fromEntries(idsOf(await this.additions.add(sender.tenant, id, addedNodes(jobs, made)), id));
  }

  private async accept(order: Order, key: RequestKey | undefined): Promise<Accepted> {
    return key ? this.keyed.submit(order, key) : this.intake.submit(order);
  }
}

/** The jobs alone: what they wait for has names until they have ids. */
function orderOf(sender: Sender, jobs: Jobs): Order {
  const names = Object.keys(jobs);
  const submissions = Object.values(jobs).map((job): Submission => ({ ...job, dependsOn: [] }));
  return { ...sender, submissions, pointerOf: (index) => `/jobs/${names[index] ?? ''}` };
}

function addedNodes(jobs: Jobs, made: readonly NewJob[]): AddedNode[] {
  return nodesOf(jobs).flatMap((node, index) => {
    const job = made[index];
    return job ? [{ ...node, job }] : [];
  });
}

function idsByName(made: readonly NewJob[]): Record<string, JobId> {
  return Object.fromEntries(made.flatMap(({ id, place }) => (place ? [[place.name, id]] : [])));
}

/** @throws Problem if they were not added */
function idsOf(answer: AdditionAnswer, id: WorkflowId): ReadonlyMap<string, JobId> {
  switch (answer.kind) {
    case 'added':
      return answer.ids;
    case 'cancelled':
      throw new Problem('workflow-cancelled', `The workflow ${id} was cancelled: retry it before you add to it.`);
    case 'faulty': {
      const errors = answer.faults.map(({ name, index, message }) => ({
        pointer: `/jobs/${name}${index === undefined ? '' : `/dependsOn/${index}`}`,
        message,
      }));
      throw new Problem('invalid-request', 'The jobs do not fit into the workflow; errors says why.', { errors });
    }
    case 'unknown-workflow':
    case 'job-lost':
      throw unknownWorkflow(id);
  }
}
