import type { Random } from '../random.ts';

export interface Submitted {
  /** As the driver chose it; of a job submitted with a key it is known when it is answered. */
  readonly id: string;
  readonly key?: string;
  readonly tenant: string;
  readonly body: object;
}

export interface KnownSchedule {
  readonly tenant: string;
  readonly name: string;
}

const REMEMBERED = 300;
/** Few, for they end by themselves. */
const SCHEDULES_REMEMBERED = 5;

/** Jobs and schedules that the driver may do something to. */
export class KnownJobs {
  private readonly accepted: Submitted[] = [];
  /** Submissions whose answer was lost, to be made again with the same ids. */
  private readonly uncertain: Submitted[] = [];
  private readonly schedules: KnownSchedule[] = [];

  remember(job: Submitted): void {
    this.accepted.push(job);
    if (this.accepted.length > REMEMBERED) this.accepted.shift();
  }

  doubt(job: Submitted): void {
    this.uncertain.push(job);
  }

  pick(random: Random): Submitted | undefined {
    return random.pick(this.accepted);
  }

  /** Different ones of a tenant. */
  pickSome(random: Random, tenant: string, most: number, isEligible: (job: Submitted) => boolean): Submitted[] {
    const eligible = this.accepted.filter((job) => job.tenant === tenant && isEligible(job));
    return [...new Set(Array.from({ length: most }, () => random.pick(eligible)))].filter((job) => job !== undefined);
  }

  takeUncertain(): Submitted | undefined {
    return this.uncertain.shift();
  }

  rememberSchedule(schedule: KnownSchedule): void {
    this.schedules.push(schedule);
    if (this.schedules.length > SCHEDULES_REMEMBERED) this.schedules.shift();
  }

  pickSchedule(random: Random): KnownSchedule | undefined {
    return random.pick(this.schedules);
  }
}
