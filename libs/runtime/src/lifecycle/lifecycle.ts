/** Where a program stands; the probes read it. */
export class Lifecycle {
  private current: 'starting' | 'ready' | 'draining' = 'starting';

  get phase(): 'starting' | 'ready' | 'draining' {
    return this.current;
  }

  becomeReady(): void {
    if (this.current === 'starting') this.current = 'ready';
  }

  startDraining(): void {
    this.current = 'draining';
  }
}
