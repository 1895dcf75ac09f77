const QUIET_MS = 2_000;
const REPEAT_MS = 10_000;

interface Running {
  title: string;
  started: number;
  lastSaid: number;
}

/** Shows one line for each finished step with its time, and what is under way when that takes longer than two seconds. */
export class Steps {
  private readonly running = new Set<Running>();
  private readonly terminal = process.stdout.isTTY;
  private hasFailed = false;
  private timer: NodeJS.Timeout | undefined;

  /** Runs the work; its line shows what `summary` makes of the result, as a success unless `succeeded` says otherwise. */
  async run<T>(
    title: string,
    work: () => Promise<T>,
    summary: (result: T) => string,
    succeeded: (result: T) => boolean = () => true,
  ): Promise<T> {
    const step: Running = { title, started: Date.now(), lastSaid: Date.now() };
    this.running.add(step);
    this.timer ??= setInterval(() => this.tell(), 500).unref();
    try {
      const result = await work();
      this.finish(step, succeeded(result) ? '✓' : '✗', summary(result));
      return result;
    } catch (error) {
      this.fail(step);
      throw error;
    }
  }

  /** A line of its own, above whatever is under way. */
  say(line: string): void {
    this.clearStatus();
    console.log(`  ${line}`);
  }

  private finish(step: Running, mark: string, summary: string): void {
    this.running.delete(step);
    this.say(stepLine(mark, step.title, summary, Date.now() - step.started));
    if (this.running.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** The first failure ends everything else: what is given up then has no line of its own. */
  private fail(step: Running): void {
    if (!this.hasFailed) this.finish(step, '✗', '');
    this.hasFailed = true;
    clearInterval(this.timer);
  }

  private tell(): void {
    const long = [...this.running].filter((step) => Date.now() - step.started >= QUIET_MS);
    if (long.length === 0) return;
    if (this.terminal) {
      this.clearStatus();
      process.stdout.write(`  … ${long.map(elapsed).join(', ')}`);
      return;
    }
    for (const step of long.filter((each) => isDue(each))) {
      step.lastSaid = Date.now();
      console.log(`  … ${elapsed(step)}`);
    }
  }

  private clearStatus(): void {
    if (this.terminal) process.stdout.write('\r\u001b[K');
  }
}

/** `✓ database    MariaDB 10.11.19 on port 40123        0.7 s` */
export function stepLine(mark: string, title: string, summary: string, milliseconds: number): string {
  const time = `${(milliseconds / 1000).toFixed(1)} s`;
  return `${mark} ${title.padEnd(11)} ${summary.padEnd(52)} ${time.padStart(7)}`;
}

function elapsed(step: Running): string {
  return `${step.title} (${Math.round((Date.now() - step.started) / 1000)} s)`;
}

function isDue(step: Running): boolean {
  const saidOnce = step.lastSaid !== step.started;
  return Date.now() - step.lastSaid >= (saidOnce ? REPEAT_MS : QUIET_MS);
}
