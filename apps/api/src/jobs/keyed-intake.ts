import { setTimeout as sleep } from 'node:timers/promises';
import type { FirstSubmission, SubmissionKey } from '@holdfast/domain';
import { KeyedSubmissionStore, StoreClock } from '@holdfast/persistence';
import { SubmissionMarks, type Precedence } from '@holdfast/queue';
import { endsWithin } from '@holdfast/runtime';
import { Injectable } from '@nestjs/common';
import { Problem } from '../http/problem.ts';
import { KeyedBatcher } from './batchers.ts';
import { JobIntake } from './job-intake.ts';
import { jobsOf, type Accepted, type Order } from './order.ts';
import { refusalOf } from './refusals.ts';
import type { RequestKey } from './idempotency-key.decorator.ts';

/** How long a request waits for the answer of the first with its key. */
const PATIENCE_MS = 1_000;
/** A Redis that hangs holds up no submission for longer: MySQL knows all that it would have said. */
const MARK_PATIENCE_MS = 50;
const LOOK_AGAIN_MS = 10;
const LOOK_AGAIN_MAX_MS = 100;

/** Takes in an order once, however often and at once it is sent under its key. Redis tells quickly, MySQL truly. */
@Injectable()
export class KeyedIntake {
  constructor(
    private readonly intake: JobIntake,
    private readonly batcher: KeyedBatcher,
    private readonly store: KeyedSubmissionStore,
    private readonly marks: SubmissionMarks,
    private readonly clock: StoreClock,
  ) {}

  /** @throws Problem if the key stands for another request, or for one that is still under way after a second */
  async submit(order: Order, requestKey: RequestKey): Promise<Accepted> {
    const key = { tenant: order.tenant, key: requestKey.key, request: requestKey.digest() };
    const precedence = await this.waitForTurn(key);
    const first = precedence === 'first' ? undefined : await this.store.find(key);
    if (first) return replay(order, key, first);
    if (precedence === 'under-way') throw underWay();
    try {
      return await this.insert(order, key);
    } catch (error) {
      void this.marks.abandon(key.tenant, key.key).catch(() => undefined);
      throw error;
    }
  }

  /** Without Redis nobody waits here: equal keys meet in MySQL, where the second waits for the commit of the first. */
  private async waitForTurn({ tenant, key }: SubmissionKey): Promise<Precedence | 'unknown'> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (let pause = LOOK_AGAIN_MS; ; pause = Math.min(LOOK_AGAIN_MAX_MS, 2 * pause)) {
      const precedence = await this.askMark(tenant, key);
      if (precedence !== 'under-way' || performance.now() >= giveUpAt) return precedence;
      await sleep(pause);
    }
  }

  private async askMark(tenant: string, key: string): Promise<Precedence | 'unknown'> {
    const answer = this.marks.begin(tenant, key).catch(() => 'unknown' as const);
    return (await endsWithin(MARK_PATIENCE_MS, answer)) ? answer : 'unknown';
  }

  private async insert(order: Order, key: SubmissionKey): Promise<Accepted> {
    const jobs = await this.intake.prepare(order);
    const answer = await this.batcher.submit({ key, jobs });
    if (answer.kind === 'taken' || answer.kind === 'held') throw refusalOf(answer, order, jobs, this.clock.now());
    void this.marks.commit(key.tenant, key.key).catch(() => undefined);
    if (answer.kind === 'repeated') return replay(order, key, answer.first);
    this.intake.announce(jobs, answer.placements);
    return { jobs, placements: answer.placements, replayed: false };
  }
}

/** The same body, the same ids and the same instant make the same jobs. */
function replay(order: Order, key: SubmissionKey, first: FirstSubmission): Accepted {
  if (first.request !== key.request) {
    const detail = `The key ${key.key} was used for a request with another body or to another route. Use a new key.`;
    throw new Problem('key-reused', detail);
  }
  const { jobIds, placed, createdAt, traceparent } = first;
  const jobs = jobsOf({ ...order, traceparent }, createdAt, jobIds);
  const placements = placed && jobs.map(({ id }, index) => ({ id, kind: placed[index] ?? 'made' }));
  return { jobs, placements, replayed: true };
}

function underWay(): Problem {
  const detail = 'The first request with this key has not been answered yet. Send it again after a second.';
  return new Problem('key-under-way', detail, { headers: { 'retry-after': '1' } });
}
