import { Injectable } from '@nestjs/common';
import {
  JOB_DEFAULTS,
  type ClaimedJob,
  type Gate,
  type JobId,
  type Lane,
  type Opening,
  type Taken,
  type Unclaimed,
} from '@holdfast/domain';
import { JobClaimStore, StoreClock } from '@holdfast/persistence';
import { RedisReadyIndex } from '@holdfast/queue';
import { PinoLogger } from 'nestjs-pino';
import { ClaimContext } from './claim-context.ts';
import { WeightWatch } from './weight-watch.ts';

export interface Fetched {
  /** How many jobs the claim may bring. */
  readonly expected: number;
  /** The claim, which may still be under way. */
  readonly jobs: Promise<readonly ClaimedJob[]>;
  /** When the queue is next worth asking, in milliseconds; 0 is now. A wake-up may come sooner. */
  readonly askAgainIn: number;
}

type Hints = Extract<Taken, { kind: 'hints' }>;

/** An idle queue is asked this often even if no wake-up comes. */
const QUIET_MS = 5_000;
/** A job that this worker cannot run is out of its way for so long. */
const LEAVE_TO_OTHERS_MS = 2_000;
/** Without the index MySQL is asked this often. */
const POLL_MS = 500;

/** Where jobs come from: Redis proposes, MySQL disposes. Where Redis cannot propose, MySQL is asked directly. */
@Injectable()
export class JobSource {
  /** Queues whose index is lost, and so claimed from MySQL. */
  private readonly lost = new Set<string>();

  constructor(
    private readonly index: RedisReadyIndex,
    private readonly claims: JobClaimStore,
    private readonly clock: StoreClock,
    private readonly context: ClaimContext,
    private readonly weights: WeightWatch,
    private readonly logger: PinoLogger,
  ) {}

  /** Claims up to `limit` jobs of a queue for this worker. */
  async fetch(queue: string, limit: number): Promise<Fetched> {
    const taken = await this.take(queue, limit);
    if (taken?.kind !== 'hints') return this.fetchFromStore(queue, limit);
    return {
      expected: taken.ids.length,
      jobs: this.claimHinted(queue, taken),
      askAgainIn: taken.ids.length < limit ? this.quietTime(taken.askAgainAt) : 0,
    };
  }

  /** Running jobs that MySQL has under this worker's name and this process does not know: a claim whose answer was lost. */
  async findForgotten(): Promise<readonly ClaimedJob[]> {
    const known = this.context.heldIds(); // before the question: what is settled while it is answered is no news
    const running = await this.claims.findHeld(this.context.workerId);
    return running.filter(({ id }) => !known.has(id) && !this.context.isHeld(id));
  }

  private async take(queue: string, limit: number): Promise<Taken | undefined> {
    try {
      const taken = await this.index.take(queue, limit, this.weights.of(queue));
      if (taken.kind === 'lost') void this.index.reportLost(queue).catch(() => undefined);
      this.noteIndex(queue, taken.kind === 'lost');
      return taken;
    } catch {
      return undefined;
    }
  }

  private async claimHinted(queue: string, { ids, lanes, receipt }: Hints): Promise<readonly ClaimedJob[]> {
    const strangers = ids.filter((id) => !this.context.isHeld(id));
    if (strangers.length === 0) return [];
    const { claimed, waiting, openings } = await this.claims.claimHinted(this.context.requestFor(queue), strangers);
    this.tellGates(queue, [...unusedRoom(ids, lanes, claimed, waiting), ...openings]);
    if (waiting.length > 0) await this.putBack(queue, waiting);
    void this.index.forget(queue, receipt).catch(() => undefined);
    this.logger.debug({ queue, jobIds: claimed.map(({ id }) => id), hints: ids.length }, 'claimed');
    return claimed;
  }

  /** Before anything goes back to the index, so that what a limit has kept waits at its gate. */
  private tellGates(queue: string, openings: readonly Opening[]): void {
    if (openings.length > 0) void this.index.open(queue, openings).catch(() => undefined);
  }

  /** Those of a paused queue not at all: resuming it tells the index. Early hints at their time, what a limit keeps to its gate; those that other workers must run a little later, so that these do not go round and round. */
  private async putBack(queue: string, unclaimed: readonly Unclaimed[]): Promise<void> {
    const waiting = unclaimed.filter(({ isPaused }) => !isPaused);
    if (waiting.length === 0) return;
    if (waiting.some(({ isDue }) => !isDue)) await this.clock.resample();
    const later = this.clock.now() + LEAVE_TO_OTHERS_MS;
    const entries = waiting.map((job) => ({ ...job, queue, runAt: job.isDue && !job.isLimited ? later : job.runAt }));
    void this.index.add(entries).catch(() => undefined);
  }

  private async fetchFromStore(queue: string, limit: number): Promise<Fetched> {
    const jobs = await this.claims.claimDue(this.context.requestFor(queue), limit);
    if (jobs.length > 0) this.logger.debug({ queue, jobIds: jobs.map(({ id }) => id) }, 'claimed');
    return { expected: jobs.length, jobs: Promise.resolve(jobs), askAgainIn: jobs.length < limit ? POLL_MS : 0 };
  }

  private quietTime(askAgainAt: number | undefined): number {
    return askAgainAt === undefined ? QUIET_MS : Math.min(QUIET_MS, Math.max(1, askAgainAt - this.clock.now()));
  }

  private noteIndex(queue: string, isLost: boolean): void {
    if (isLost === this.lost.has(queue)) return;
    if (isLost) this.lost.add(queue);
    else this.lost.delete(queue);
    this.logger.info({ queue }, isLost ? 'the index is lost: jobs come from MySQL' : 'jobs come from the index again');
  }
}

/** Of the jobs that the index knows nothing of but their ids. */
const NO_LANE: Lane = { tenant: JOB_DEFAULTS.tenant };

/** What hints were let through for that are stale, or not for this worker: it goes to others. What a limit refused had no room. */
function unusedRoom(
  ids: readonly JobId[],
  lanes: ReadonlyMap<JobId, Lane>,
  claimed: readonly ClaimedJob[],
  waiting: readonly Unclaimed[],
): Opening[] {
  const used = new Set([...claimed, ...waiting.filter(({ isLimited }) => isLimited)].map(({ id }) => id));
  const unused = ids.filter((id) => !used.has(id)).flatMap((id) => gatesOf(lanes.get(id) ?? NO_LANE));
  return unused.map((gate) => ({ gate, room: 1, isRelative: true }));
}

function gatesOf({ tenant, concurrencyKey }: Lane): Gate[] {
  return concurrencyKey === undefined ? [{ tenant }] : [{ tenant }, { tenant, concurrencyKey }];
}
