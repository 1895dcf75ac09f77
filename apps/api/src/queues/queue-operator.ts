import { QueuePauseStore, type QueuePause } from '@holdfast/persistence';
import { Injectable, Logger } from '@nestjs/common';
import type { Principal } from '../authentication/principal.ts';
import { IndexAnnouncer } from '../jobs/index-announcer.ts';
import { Books, type QueueBalance } from '../statistics/books.ts';
import type { QueueView } from './queue-view.ts';

/** Shows the queues of a tenant, pauses and resumes them. */
@Injectable()
export class QueueOperator {
  private readonly logger = new Logger('queues');

  constructor(
    private readonly books: Books,
    private readonly pauses: QueuePauseStore,
    private readonly announcer: IndexAnnouncer,
  ) {}

  /** Those that come after a name, by name: those that ever had a job, and those that are paused. */
  async list(tenant: string, after: string, limit: number): Promise<QueueView[]> {
    const [used, pauses] = await Promise.all([this.books.findQueues(tenant, after, limit), this.pauses.find(tenant)]);
    const paused = pauses.map(({ queue }) => queue).filter((name) => name > after);
    const names = [...new Set([...used, ...paused])].sort().slice(0, limit);
    const balances = await this.books.byQueue(tenant, names);
    return balances.map((balance) =>
      toView(
        balance,
        pauses.find(({ queue }) => queue === balance.name),
      ),
    );
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
    const [{ jobs, oldestReadyAgeMs }, pauses] = await Promise.all([
      this.books.balance(tenant, name),
      this.pauses.find(tenant),
    ]);
    return toView(
      { name, jobs, oldestReadyAgeMs },
      pauses.find(({ queue }) => queue === name),
    );
  }
}

function toView(balance: QueueBalance, pause: QueuePause | undefined): QueueView {
  return { ...balance, paused: pause ? { since: new Date(pause.since).toISOString(), by: pause.by } : null };
}
