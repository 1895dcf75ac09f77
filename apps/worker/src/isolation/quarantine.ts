import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { NOT_CALLED, type Attempt, type Ending } from '../running/attempt.ts';
import { IsolatedProcess } from './isolated-process.ts';

/** A process costs more to start than to keep for a moment. */
const LINGER_MS = 2_000;

/**
 * Where jobs run that were lost with a worker once: together, in one process beside the worker. Mostly the worker was
 * killed from outside and none of them is to blame: then all of them run again at once, however many. If one is, it
 * takes only its like along, and each of them runs alone after that.
 */
@Injectable()
export class Quarantine {
  private isolated: IsolatedProcess | undefined;
  private starting: Promise<IsolatedProcess | undefined> | undefined;
  private dismissal: NodeJS.Timeout | undefined;
  private inside = 0;

  constructor(private readonly logger: PinoLogger) {}

  async run(attempt: Attempt, call: (isolated: IsolatedProcess) => Promise<Ending>): Promise<Ending> {
    this.inside += 1;
    clearTimeout(this.dismissal);
    const isolated = await this.process();
    const ending = isolated && !attempt.stop.signal.aborted ? await call(isolated) : NOT_CALLED;
    this.inside -= 1;
    if (this.inside === 0) this.linger();
    return ending;
  }

  private async process(): Promise<IsolatedProcess | undefined> {
    if (this.isolated?.isAlive) return this.isolated;
    this.starting ??= this.start();
    return this.starting;
  }

  private async start(): Promise<IsolatedProcess | undefined> {
    try {
      this.isolated = await IsolatedProcess.start();
      return this.isolated;
    } catch (error) {
      this.logger.error({ err: error }, 'cannot start a process for jobs that were lost with a worker');
      return undefined;
    } finally {
      this.starting = undefined;
    }
  }

  private linger(): void {
    this.dismissal = setTimeout(() => {
      this.isolated?.dismiss();
      this.isolated = undefined;
    }, LINGER_MS);
  }
}
