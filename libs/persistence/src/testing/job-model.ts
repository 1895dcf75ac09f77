import type { Dependency, JobId, JobState, Outcome, WorkerId } from '@holdfast/domain';

/** What a job is, as far as the model goes. */
export interface ModelJob {
  readonly state: JobState;
  readonly attempt: number;
  readonly fence: number;
  readonly crashes: number;
  readonly generation: number;
  readonly wantsCancel: boolean;
}

interface Kept extends ModelJob {
  readonly worker: WorkerId | undefined;
  readonly isOverdue: boolean;
  readonly dependencies: readonly Dependency[];
}

interface Held {
  readonly id: JobId;
  readonly fence: number;
}

/** What somebody did, and what the stores answered. */
export type Move =
  | {
      readonly kind: 'submit';
      readonly id: JobId;
      readonly dependencies: readonly Dependency[];
      readonly isOverdue: boolean;
      readonly taken: boolean;
    }
  | { readonly kind: 'claim'; readonly worker: WorkerId; readonly claimed: readonly (Held & { attempt: number })[] }
  | {
      readonly kind: 'settle';
      readonly worker: WorkerId;
      readonly asked: readonly (Held & { outcome: Outcome['kind'] })[];
      readonly recorded: readonly { id: JobId; outcome: Outcome['kind'] }[];
    }
  | { readonly kind: 'cancel'; readonly id: JobId; readonly answer: 'cancelling' | JobState }
  | { readonly kind: 'retry'; readonly id: JobId; readonly done: boolean }
  | {
      readonly kind: 'lose-worker';
      readonly worker: WorkerId;
      readonly reaped: readonly { id: JobId; to: JobState }[];
    }
  | { readonly kind: 'expire'; readonly expired: readonly JobId[] };

/** After so many a job is dead. */
export const MODEL_CRASHES = 3;

const FINISHED: readonly JobState[] = ['succeeded', 'dead', 'cancelled', 'expired'];
const RUNS_AGAIN: readonly Outcome['kind'][] = ['retried', 'handed-back', 'snoozed', 'crashed'];

/** The life of a job in plain words: what docs/job-lifecycle.md says, without a database and without anybody else. */
export class JobModel {
  private constructor(
    private readonly jobs: Map<JobId, Kept>,
    private readonly lost: Set<WorkerId>,
  ) {}

  static empty(): JobModel {
    return new JobModel(new Map(), new Set());
  }

  /** How everything is, by id. */
  get state(): Record<JobId, ModelJob> {
    const entries = [...this.jobs].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      entries.map(([id, { state, attempt, fence, crashes, generation, wantsCancel }]) => [
        id,
        { state, attempt, fence, crashes, generation, wantsCancel },
      ]),
    );
  }

  find(...states: JobState[]): JobId[] {
    return [...this.jobs].flatMap(([id, { state }]) => (states.includes(state) ? [id] : []));
  }

  /** Neither waits for another nor is waited for. */
  isFree(id: JobId): boolean {
    const waitedFor = [...this.jobs.values()].flatMap(({ dependencies }) => dependencies);
    return this.jobs.get(id)?.dependencies.length === 0 && waitedFor.every(({ dependsOn }) => dependsOn !== id);
  }

  /** @returns the world after the move; undefined if its answer cannot be true now */
  after(move: Move): JobModel | undefined {
    const next = new JobModel(new Map(this.jobs), new Set(this.lost));
    if (!next.make(move)) return undefined;
    next.decideBlocked();
    return next;
  }

  private make(move: Move): boolean {
    switch (move.kind) {
      case 'submit':
        return this.submit(move);
      case 'claim':
        return move.claimed.every((job) => this.claim(job, move.worker));
      case 'settle':
        return this.settle(move);
      case 'cancel':
        return this.cancel(move);
      case 'retry':
        return this.retry(move);
      case 'lose-worker':
        this.lost.add(move.worker);
        return move.reaped.every(({ id, to }) => this.reap(id) === to);
      case 'expire':
        return move.expired.every((id) => this.expire(id));
    }
  }

  private submit({ id, dependencies, isOverdue, taken }: Move & { kind: 'submit' }): boolean {
    if (this.jobs.has(id) !== taken) return false;
    if (taken) return true;
    const state = dependencies.length === 0 ? 'pending' : 'blocked';
    const counts = { attempt: 0, fence: 0, crashes: 0, generation: 1 };
    this.jobs.set(id, { state, ...counts, wantsCancel: false, worker: undefined, isOverdue, dependencies });
    return true;
  }

  /** Nobody has to claim all that he could: what somebody else holds just then is left out. */
  private claim({ id, fence, attempt }: Held & { attempt: number }, worker: WorkerId): boolean {
    const job = this.jobs.get(id);
    if (job?.state !== 'pending' || job.isOverdue) return false;
    this.jobs.set(id, { ...job, state: 'running', fence: job.fence + 1, attempt: job.attempt + 1, worker });
    return fence === job.fence + 1 && attempt === job.attempt + 1;
  }

  /** Whoever holds a job under its last fence is heard, and nobody else. */
  private settle({ worker, asked, recorded }: Move & { kind: 'settle' }): boolean {
    const expected = asked.flatMap(({ id, fence, outcome }) => {
      const job = this.jobs.get(id);
      if (job?.state !== 'running' || job.worker !== worker || job.fence !== fence) return [];
      const effective = job.wantsCancel && RUNS_AGAIN.includes(outcome) ? 'cancelled' : outcome;
      this.write(id, job, effective);
      return [`${id} ${effective}`];
    });
    const answered = recorded.map(({ id, outcome }) => `${id} ${outcome}`);
    return expected.sort().join() === answered.sort().join();
  }

  private write(id: JobId, job: Kept, outcome: Outcome['kind']): void {
    const isFree = outcome === 'handed-back' || outcome === 'snoozed' || outcome.startsWith('crashed');
    const attempt = job.attempt - (isFree ? 1 : 0);
    const crashes = job.crashes + (outcome.startsWith('crashed') ? 1 : 0);
    const state: JobState = RUNS_AGAIN.includes(outcome) ? 'pending' : toFinal(outcome);
    const wantsCancel = job.wantsCancel && outcome === 'cancelled'; // who asked is remembered
    this.jobs.set(id, { ...job, state, attempt, crashes, wantsCancel, worker: undefined });
  }

  private cancel({ id, answer }: Move & { kind: 'cancel' }): boolean {
    const job = this.jobs.get(id);
    if (!job) return false;
    if (FINISHED.includes(job.state)) return answer === job.state;
    if (job.state === 'running') this.jobs.set(id, { ...job, wantsCancel: true });
    else this.jobs.set(id, { ...job, state: 'cancelled' });
    return answer === (job.state === 'running' ? 'cancelling' : 'cancelled');
  }

  private retry({ id, done }: Move & { kind: 'retry' }): boolean {
    const job = this.jobs.get(id);
    if (!job || FINISHED.includes(job.state) !== done) return false;
    const fresh = { attempt: 0, crashes: 0, generation: job.generation + 1, wantsCancel: false, isOverdue: false };
    if (done) this.jobs.set(id, { ...job, ...fresh, state: 'pending' });
    return true;
  }

  /** @returns what becomes of it; undefined: nobody may take it */
  private reap(id: JobId): JobState | undefined {
    const job = this.jobs.get(id);
    if (job?.state !== 'running' || !job.worker || !this.lost.has(job.worker)) return undefined;
    const crashes = job.crashes + 1;
    const state = job.wantsCancel ? 'cancelled' : crashes >= MODEL_CRASHES ? 'dead' : 'pending';
    this.jobs.set(id, { ...job, state, crashes, attempt: job.attempt - 1, worker: undefined });
    return state;
  }

  private expire(id: JobId): boolean {
    const job = this.jobs.get(id);
    if (!job?.isOverdue || (job.state !== 'pending' && job.state !== 'blocked')) return false;
    this.jobs.set(id, { ...job, state: 'expired' });
    return true;
  }

  /** Again and again until nothing changes: what is cancelled here may be what another waits for. */
  private decideBlocked(): void {
    for (let changed = true; changed;) {
      changed = false;
      for (const [id, job] of this.jobs) {
        const state = job.state === 'blocked' ? this.fateOf(job) : 'blocked';
        if (state === 'blocked') continue;
        this.jobs.set(id, { ...job, state });
        changed = true;
      }
    }
  }

  private fateOf({ dependencies }: Kept): 'blocked' | 'pending' | 'cancelled' {
    const others = dependencies.map(({ dependsOn, condition }) => {
      const { state } = this.jobs.get(dependsOn) ?? {};
      if (state === undefined || !FINISHED.includes(state)) return 'blocked';
      return state === 'succeeded' || condition === 'finished' ? 'pending' : 'cancelled';
    });
    if (others.includes('cancelled')) return 'cancelled';
    return others.includes('blocked') ? 'blocked' : 'pending';
  }
}

function toFinal(outcome: Outcome['kind']): JobState {
  if (outcome === 'succeeded' || outcome === 'cancelled') return outcome;
  return 'dead';
}
