/**
 * What SIGTERM and SIGINT ask for: the first to stop, the second to hurry, the third to end here and now. Imports nothing,
 * so that a program can listen before it loads the rest: the first process of a container never gets a signal that nobody
 * listens for.
 */
export class StopSignals {
  private readonly first = new AbortController();
  private readonly second = new AbortController();

  private constructor() {}

  static listen(): StopSignals {
    const signals = new StopSignals();
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => signals.hear(name));
    return signals;
  }

  /** Aborted with the name of the signal. */
  get stop(): AbortSignal {
    return this.first.signal;
  }

  /** Aborted when there is no more time for what can also be done by others. */
  get hurry(): AbortSignal {
    return this.second.signal;
  }

  private hear(name: string): void {
    if (this.hurry.aborted) process.exit(1);
    if (this.stop.aborted) this.second.abort(name);
    else this.first.abort(name);
  }
}

/** Resolves once the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
