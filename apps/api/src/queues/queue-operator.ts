import { NO_POLICY, type QueuePolicy } from '@holdfast/domain';
import { QueuePauseStore, QueuePolicyStore, type QueuePause } from '@holdfast/persistence';
import { Injectable, Logger } from '@nestjs/common';
import type { Principal } from '../authentication/principal.ts';
import { Problem } from '../http/problem.ts';
import { IndexAnnouncer } from '../jobs/index-announcer.ts';
import { Books, type QueueBalance } from '../statistics/books.ts';
import type { QueueChanges } from './queue-limits.schema.ts';
import { changedPolicy, hasLimits, viewOfHeld, viewOfLimits } from './queue-policies.ts';
import type { QueueView } from './queue-view.ts';

/** Shows the queues of a tenant, limits, pauses and resumes them. */
@Injectable()
export class QueueOperator {
  private readonly logger = new Logger('queues');

  constructor(
    private readonly books: Books,
    private readonly pauses: QueuePauseStore,
    private readonly policies: QueuePolicyStore,
    private readonly announcer: IndexAnnouncer,
  ) {}

  /** Those that come after a name, by name: those that ever had a job, and those that are paused or limited. */
  async list(tenant: string, after: string, limit: number): Promise<QueueView[]> {
    const [used, pauses, policies] = await Promise.all([
      this.books.findQueues(tenant, after, limit),
      this.pauses.find(tenant),
      this.policies.findOfTenant(tenant),
    ]);
    const own = [...pauses.map(({ queue }) => queue), ...policies.keys()].filter((name) => name > after);
    const names = [...new Set([...used, ...own])].sort().slice(0, limit);
    const balances = await this.books.byQueue(tenant, names);
    return Promise.all(balances.map((balance) => this.toView(tenant, balance, pauses, policies.get(balance.name))));
  }

  /** @throws Problem for a queue that is not in the list */
  async read(tenant: string, name: string): Promise<QueueView> {
    const { used, view } = await this.look(tenant, name);
    if (used) return view;
    throw new Problem(
      'not-found',
      `There is no queue ${name}: a queue comes with its first job, its limits or a pause.`,
    );
  }

  /** Claims obey from the commit on; what the index knows of the limits before is thrown away with it. */
  async change({ tenant, subject }: Principal, queue: string, changes: QueueChanges): Promise<QueueView> {
    await this.policies.change(tenant, queue, (policy) => changedPolicy(policy, changes));
    this.announcer.announceResume(queue);
    this.logger.log({ msg: 'queue changed', tenant, queue, by: subject });
    return this.view(tenant, queue);
  }

  /** Claims obey from the commit on; what runs goes on. */
  async pause({ tenant, subject }: Principal, queue: string): Promise<QueueView> {
    await this.pauses.pause(tenant, queue, subject);
    this.logger.log({ msg: 'queue paused', tenant, queue, by: subject });
    return this.view(tenant, queue);
  }

  /** What workers were told while the queue was paused is gone from the index, so that is built anew. */
  async resume({ tenant, subject }: Principal, queue: string): Promise<QueueView> {
    if (await this.pauses.resume(tenant, queue)) {
      this.announcer.announceResume(queue);
      this.logger.log({ msg: 'queue resumed', tenant, queue, by: subject });
    }
    return this.view(tenant, queue);
  }

  private async view(tenant: string, name: string): Promise<QueueView> {
    return (await this.look(tenant, name)).view;
  }

  /** @returns any queue as it would be shown, and whether it was ever used, paused or limited */
  private async look(tenant: string, name: string): Promise<{ used: boolean; view: QueueView }> {
    const [{ jobs, oldestReadyAgeMs, events }, pauses, policies] = await Promise.all([
      this.books.balance(tenant, name),
      this.pauses.find(tenant),
      this.policies.findOfTenant(tenant),
    ]);
    const policy = policies.get(name);
    const view = await this.toView(tenant, { name, jobs, oldestReadyAgeMs }, pauses, policy);
    return { used: events.size > 0 || view.paused !== null || policy !== undefined, view };
  }

  private async toView(
    tenant: string,
    balance: QueueBalance,
    pauses: readonly QueuePause[],
    policy: QueuePolicy | undefined,
  ): Promise<QueueView> {
    const pause = pauses.find(({ queue }) => queue === balance.name);
    const isLimited = policy && hasLimits(policy);
    const running = isLimited && (await this.policies.countRunning(tenant, balance.name));
    return {
      ...balance,
      paused: pause ? { since: new Date(pause.since).toISOString(), by: pause.by } : null,
      limits: viewOfLimits(policy ?? NO_POLICY),
      weights: policy?.weights ?? {},
      priorityAging: policy?.agingMs ?? null,
      held: isLimited && running ? viewOfHeld(policy, running) : null,
    };
  }
}
