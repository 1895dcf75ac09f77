import type { WorkflowId } from '@holdfast/domain';
import { StoreClock, WorkflowStore } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import { toPage, type Page } from '../http/page.ts';
import { Problem } from '../http/problem.ts';
import {
  countNodes,
  summaryOfWorkflow,
  viewOfLink,
  viewOfNode,
  type Workflow,
  type WorkflowQuery,
  type WorkflowSummary,
} from './workflow-view.ts';

const NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Answers questions about the workflows of one tenant. */
@Injectable()
export class WorkflowReader {
  constructor(
    private readonly store: WorkflowStore,
    private readonly clock: StoreClock,
  ) {}

  /** @throws Problem if this tenant has no such workflow */
  async find(tenant: string, id: WorkflowId): Promise<Workflow> {
    const workflow = await this.store.find(tenant, id);
    if (!workflow) throw unknownWorkflow(id);
    const { nodes, links } = await this.store.findGraph(id);
    const now = this.clock.now();
    return {
      ...summaryOfWorkflow(workflow, countNodes(nodes, now)),
      nodes: nodes.map((node) => viewOfNode(node, now)),
      edges: links.map(viewOfLink),
    };
  }

  /** The newest first. */
  async list(tenant: string, { limit, cursor = NEWEST }: WorkflowQuery): Promise<Page<WorkflowSummary>> {
    const workflows = await this.store.list(tenant, cursor, limit + 1);
    const counts = Map.groupBy(await this.store.count(workflows.map(({ id }) => id)), (each) => each.workflowId);
    return toPage(
      workflows,
      limit,
      ({ id }) => id,
      (workflow) => summaryOfWorkflow(workflow, counts.get(workflow.id) ?? []),
    );
  }
}

export function unknownWorkflow(id: WorkflowId): Problem {
  return new Problem('not-found', `There is no workflow ${id}: it never was, or the retention of its jobs is over.`);
}
