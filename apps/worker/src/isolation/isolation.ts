import { Inject, Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { NOT_CALLED, type Attempt, type Ending } from '../running/attempt.ts';
import { workerConfiguration, type WorkerConfiguration } from '../worker.configuration.ts';
import { IsolatedProcess } from './isolated-process.ts';

/** A process costs more to start than to keep for a moment: after a lost worker there are many jobs to run alone. */
const LINGER_MS = 2_000;

type Turn = (isolated: IsolatedProcess | undefined) => void;

/**
 * Where jobs run that were lost more than once: each alone in a process, so that one that ends its process takes nobody
 * along. Those that were only near it succeed there; the culprit is known for certain.
 */
@Injectable()
export class Isolation {
  /** Processes that are, or are about to be. */
  private count = 0;
  private starting = false;
  private readonly idle: IsolatedProcess[] = [];
  private readonly line: Turn[] = [];

  constructor(
    @Inject(workerConfiguration.KEY) private readonly configuration: WorkerConfiguration,
    private readonly logger: PinoLogger,
  ) {}

  /** How often a job was lost that must run alone: twice, or before its next crash would be its last. */
  get fromCrashes(): number {
    return Math.min(2, Math.max(1, this.configuration.maxCrashes - 1));
  }

  /** How many more jobs would have a process without standing in line for long. */
  get free(): number {
    const taken = this.count - this.idle.length - (this.starting ? 1 : 0) + this.line.length;
    return Math.max(0, this.configuration.isolatedProcesses - taken);
  }

  /** Waits for a process and has the attempt run there, unless it is told to stop before. */
  async run(attempt: Attempt, call: (isolated: IsolatedProcess) => Promise<Ending>): Promise<Ending> {
    const { signal } = attempt.stop;
    const isolated = await this.take(signal);
    if (!isolated) return NOT_CALLED;
    const ending = signal.aborted ? NOT_CALLED : await call(isolated);
    if (signal.aborted) isolated.kill(); // its handler may still go on
    this.giveBack(isolated);
    return ending;
  }

  /** @returns undefined if it was told to stop first, or none can be started */
  private async take(signal: AbortSignal): Promise<IsolatedProcess | undefined> {
    const idle = this.idle.pop();
    if (idle?.isAlive) return idle;
    if (idle) this.count -= 1;
    return new Promise((resolve) => {
      this.line.push(resolve);
      signal.addEventListener('abort', () => {
        const place = this.line.indexOf(resolve);
        if (place >= 0) this.line.splice(place, 1);
        resolve(undefined);
      });
      this.grow();
    });
  }

  private giveBack(isolated: IsolatedProcess): void {
    const next = isolated.isAlive ? this.line.shift() : undefined;
    if (next) next(isolated);
    else if (isolated.isAlive) this.linger(isolated);
    else this.count -= 1;
    this.grow();
  }

  /** One starts at a time: those that stand in line may all have run by the time that a second one would be there. */
  private grow(): void {
    if (this.starting || this.line.length === 0 || this.count >= this.configuration.isolatedProcesses) return;
    this.starting = true;
    this.count += 1;
    void IsolatedProcess.start()
      .catch((error: unknown) => {
        this.logger.error({ err: error }, 'cannot start a process for jobs that were lost with a worker');
        this.count -= 1;
        this.line.shift()?.(undefined);
      })
      .then((isolated) => {
        this.starting = false;
        if (isolated) this.giveBack(isolated);
        else this.grow();
      });
  }

  private linger(isolated: IsolatedProcess): void {
    this.idle.push(isolated);
    setTimeout(() => {
      const place = this.idle.indexOf(isolated);
      if (place < 0) return; // in use again
      this.idle.splice(place, 1);
      this.count -= 1;
      isolated.dismiss();
    }, LINGER_MS);
  }
}
