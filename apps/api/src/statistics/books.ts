import { stateCounts, type Instant, type JobEvent } from '@holdfast/domain';
import { BookStore, DueJobStore, StoreClock, type Account, type TallySum } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import type { StateCounts } from './state-counts.ts';

export interface QueueBalance {
  readonly name: string;
  readonly jobs: StateCounts;
  readonly oldestReadyAgeMs: number | null;
}

export interface Balance {
  readonly jobs: StateCounts;
  readonly oldestReadyAgeMs: number | null;
  /** How often each event ever happened */
  readonly events: ReadonlyMap<JobEvent, number>;
}

export interface MinuteEvents {
  readonly startsAt: Instant;
  readonly events: ReadonlyMap<JobEvent, number>;
}

const MINUTE_MS = 60_000;
/** Reads the tallies as counts: costs the same however many jobs there are. */
@Injectable()
export class Books {
  constructor(
    private readonly books: BookStore,
    private readonly due: DueJobStore,
    private readonly clock: StoreClock,
  ) {}

  /** Over all queues of a tenant, or one. */
  async balance(tenant: string, queue?: string): Promise<Balance> {
    const account = await this.books.balance(tenant, queue);
    const jobs = stateCounts(account);
    const oldest = jobs.ready === 0 ? undefined : await this.due.oldestAgeMs(tenant, queue);
    return { jobs, oldestReadyAgeMs: oldest ?? null, events: countEvents(account.sums) };
  }

  /** Queues that ever had a job of this tenant and come after a name, by name. */
  findQueues(tenant: string, after: string, limit: number): Promise<string[]> {
    return this.books.findQueues(tenant, after, limit);
  }

  /** In the order of the names. */
  async byQueue(tenant: string, names: readonly string[]): Promise<QueueBalance[]> {
    const [accounts, heads] = await Promise.all([this.books.balanceByQueue(tenant, names), this.due.findHeads(names)]);
    const counts = names.map((name) => ({ name, jobs: stateCounts(accounts.get(name) ?? NOTHING) }));
    const waiting = new Set(counts.flatMap(({ name, jobs }) => (jobs.ready > 0 ? [name] : [])));
    const ages = await this.due.oldestAgeMsByQueue(
      tenant,
      heads.filter(({ queue }) => waiting.has(queue)),
    );
    return counts.map(({ name, jobs }) => ({ name, jobs, oldestReadyAgeMs: ages.get(name) ?? null }));
  }

  /** Events per second over the last seconds. */
  async rates(tenant: string, seconds: number, queue?: string): Promise<ReadonlyMap<JobEvent, number>> {
    const recent = await this.books.recent(tenant, seconds, queue);
    return new Map([...recent].map(([event, n]) => [event, n / seconds]));
  }

  /** How often each event happened in each of the last whole minutes in which any did, the oldest first. */
  async byMinute(tenant: string, minutes: number, queue?: string): Promise<MinuteEvents[]> {
    const thisMinute = Math.floor(this.clock.now() / MINUTE_MS) * MINUTE_MS;
    const sums = (await this.books.byMinute(tenant, minutes, queue)).filter(({ startsAt }) => startsAt < thisMinute);
    const byStart = [...Map.groupBy(sums, ({ startsAt }) => startsAt)].sort(([one], [other]) => one - other);
    return byStart.map(([startsAt, own]) => ({ startsAt, events: countEvents(own) }));
  }
}

const NOTHING: Account = { sums: [], scheduled: 0 };

function countEvents(sums: readonly Pick<TallySum, 'event' | 'n'>[]): Map<JobEvent, number> {
  const events = new Map<JobEvent, number>();
  for (const { event, n } of sums) events.set(event, (events.get(event) ?? 0) + n);
  return events;
}
