import { Injectable } from '@nestjs/common';
import { EffectStore, StepStore } from '@holdfast/persistence';
import { EffectMarks } from '@holdfast/queue';
import type { JobContext } from '../handling/job-context.ts';
import type { Attempt } from './attempt.ts';
import { Effects } from './effects.ts';
import { Steps } from './steps.ts';

/** What has been done already and must not be done again: by earlier attempts of a job, and by other jobs. */
@Injectable()
export class WorkRecords {
  constructor(
    private readonly stepStore: StepStore,
    private readonly effectStore: EffectStore,
    private readonly effectMarks: EffectMarks,
  ) {}

  of(attempt: Attempt): Pick<JobContext, 'step' | 'once'> {
    const steps = new Steps(attempt, this.stepStore);
    const effects = new Effects(attempt, { store: this.effectStore, marks: this.effectMarks });
    return {
      step: (name, work) => steps.step(name, work),
      once: (key, work) => effects.once(key, work),
    };
  }
}
