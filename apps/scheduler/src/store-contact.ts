import { isUnavailable } from '@holdfast/persistence';

/** How long MySQL has answered without a break, by this process's own clock. */
export class StoreContact {
  private since: number | undefined;

  succeeded(): void {
    this.since ??= performance.now();
  }

  failed(error: unknown): void {
    if (isUnavailable(error)) this.since = undefined;
  }

  /** Milliseconds; 0 if the last try failed. */
  get unbrokenFor(): number {
    return this.since === undefined ? 0 : performance.now() - this.since;
  }
}
