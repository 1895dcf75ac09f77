/** Beyond it a timer would fire at once; whoever waits longer looks again. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Something that one sleeper waits for: raised once, it wakes whoever waits now, or the next to wait. */
export class Signal {
  private raised = false;
  private waiter: (() => void) | undefined;

  raise(): void {
    if (this.waiter) this.waiter();
    else this.raised = true;
  }

  /** Resolves when raised, or after the given milliseconds. */
  async wait(milliseconds: number): Promise<void> {
    if (this.raised) {
      this.raised = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiter = undefined;
        resolve();
      };
      const timer = setTimeout(wake, Math.min(milliseconds, LONGEST_TIMER));
      this.waiter = wake;
    });
  }
}
