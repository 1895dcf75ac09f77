import { setTimeout as pause } from 'node:timers/promises';
import { JOB_LIMITS, type EffectClaim, type JobEffects } from '@holdfast/domain';
import type { EffectMarks } from '@holdfast/queue';
import type { Attempt } from './attempt.ts';
import { checkName, doAndRecord, loseJob, valueOf } from './recorded-work.ts';

export interface EffectPorts {
  /** The truth. */
  readonly store: JobEffects;
  /** The quick answer, while there is Redis. */
  readonly marks: Pick<EffectMarks, 'begin' | 'commit' | 'abandon'>;
}

/** How long an attempt waits for another one that does the same. */
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 20;
const LOOK_AGAIN_MAX_MS = 500;
/** A mark may be that of somebody who died, so MySQL is asked all the same. */
const DOUBT_MARK_AFTER_MS = 1_000;

/** The effects of one attempt: what another job of the tenant has done under the same key is not done again. */
export class Effects {
  /** Within an attempt, too, a key stands for one thing. */
  private readonly underWay = new Map<string, Promise<unknown>>();

  constructor(
    private readonly attempt: Attempt,
    private readonly ports: EffectPorts,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** Does `work` unless its result is recorded; waits while somebody else does it. */
  async once<T>(key: string, work: (key: string) => Promise<T> | T): Promise<T> {
    this.attempt.stop.signal.throwIfAborted();
    checkName('the key of an effect', key, JOB_LIMITS.effectKeyLength);
    const underWay = this.underWay.get(key) ?? this.doOrRead(key, work).finally(() => this.underWay.delete(key));
    this.underWay.set(key, underWay);
    return underWay as Promise<T>;
  }

  private async doOrRead<T>(key: string, work: (key: string) => Promise<T> | T): Promise<T> {
    const claim = await this.claim(key);
    if (claim.kind === 'recorded') return valueOf(claim.effect) as T;
    if (claim.kind === 'job-lost') throw loseJob(this.attempt);
    const { store, marks } = this.ports;
    const { job, workerId } = this.attempt;
    try {
      const result = await doAndRecord(this.attempt, {
        name: `effect '${key}'`,
        work: () => work(`${job.tenant}/${key}`),
        record: (done) => store.record(workerId, job, key, done),
      });
      void marks.commit(job.tenant, key).catch(() => undefined);
      return result;
    } catch (error) {
      await this.release(key);
      throw error;
    }
  }

  /** @throws when somebody else is at it for too long, or this attempt is told to stop */
  private async claim(key: string): Promise<Exclude<EffectClaim, { kind: 'under-way' }>> {
    const { job, workerId, stop } = this.attempt;
    const giveUpAt = performance.now() + this.patienceMs;
    let doubtAt = performance.now() + DOUBT_MARK_AFTER_MS;
    for (let rest = LOOK_AGAIN_MS; ; rest = Math.min(LOOK_AGAIN_MAX_MS, 2 * rest)) {
      const mark = await this.ports.marks.begin(job.tenant, key).catch(() => 'unknown');
      if (mark !== 'under-way' || performance.now() >= doubtAt) {
        doubtAt = performance.now() + DOUBT_MARK_AFTER_MS;
        const claim = await this.ports.store.claim(workerId, job, key);
        if (claim.kind !== 'under-way') return claim;
      }
      if (performance.now() >= giveUpAt) throw new Error(`another job is still at effect '${key}'`);
      await pause(rest, undefined, { signal: stop.signal }).catch(() => stop.signal.throwIfAborted());
    }
  }

  /** If that fails, too, the next one takes it over when this attempt has ended. */
  private async release(key: string): Promise<void> {
    const { job } = this.attempt;
    try {
      await this.ports.store.release(job, key);
      await this.ports.marks.abandon(job.tenant, key);
    } catch {
      // as above
    }
  }
}
