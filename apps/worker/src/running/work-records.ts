import { Injectable } from '@nestjs/common';
import { EffectStore, StepStore } from '@holdfast/persistence';
import { EffectMarks } from '@holdfast/queue';
import type { JobContext } from '../handling/job-context.ts';
import type { Attempt } from './attempt.ts';
import { Effects } from './effects.ts';
import { Neighbours } from './neighbours.ts';
import { Steps } from './steps.ts';

/** What has been done already and must not be done again, by earlier attempts of a job and by other jobs; and what those left. */
@Injectable()
export class WorkRecords {
  constructor(
    private readonly stepStore: StepStore,
    private readonly effectStore: EffectStore,
    private readonly effectMarks: EffectMarks,
    private readonly neighbours: Neighbours,
  ) {}

  of(attempt: Attempt): Pick<JobContext, 'step' | 'once' | 'dependencies' | 'addJobs'> {
    const steps = new Steps(attempt, this.stepStore);
    const effects = new Effects(attempt, { store: this.effectStore, marks: this.effectMarks });
    return {
      step: (name, work) => steps.step(name, work),
      once: (key, work) => effects.once(key, work),
      ...this.neighbours.of(attempt),
    };
  }
}
