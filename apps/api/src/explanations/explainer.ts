import type { JobId } from '@holdfast/domain';
import { StoreClock, type Standing } from '@holdfast/persistence';
import { Injectable } from '@nestjs/common';
import { JobReader } from '../jobs/job-reader.ts';
import type { Explanation } from './explanation.ts';
import { Ground } from './ground.ts';
import { reasonsOf } from './reasons.ts';
import type { Situation } from './situation.ts';
import { StartRates } from './start-rates.ts';

/** Says why a job is not running, from the truth; where it stands among the ready ones only the index knows. */
@Injectable()
export class Explainer {
  constructor(
    private readonly reader: JobReader,
    private readonly ground: Ground,
    private readonly rates: StartRates,
    private readonly clock: StoreClock,
  ) {}

  async explain(tenant: string, id: JobId): Promise<Explanation> {
    const { job, entity } = await this.reader.read(tenant, id);
    const situation = await this.ground.situationOf(tenant, entity, this.clock.now());
    const position = job.state === 'ready' && situation.place?.where === 'ready' ? situation.place.position : null;
    return {
      id,
      state: job.state,
      reasons: reasonsOf(situation),
      position,
      estimatedStartAt: await this.estimate(tenant, situation, position),
    };
  }

  /** Nobody can tell while something else than other jobs is in its way. */
  private async estimate(tenant: string, situation: Situation, position: number | null): Promise<string | null> {
    const { now, job, pause, staff, limits, before } = situation;
    if (position === null || pause || staff.able === 0 || limits.some(isShut) || before !== undefined) return null;
    const perSecond = await this.rates.of(tenant, job.queue);
    return perSecond === 0 ? null : new Date(now + (position / perSecond) * 1_000).toISOString();
  }
}

function isShut({ limit, running, nextStartAt }: Standing): boolean {
  return running >= (limit.concurrency ?? Infinity) || nextStartAt !== undefined;
}
