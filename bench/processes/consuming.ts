import { countHandled, forgetObservations, observe } from './observer.ts';
import { serve } from './serve.ts';

/** How the worker process of one contender runs jobs. */
export interface Running {
  /** Connects and loads everything, but takes no job. */
  open(): Promise<void> | void;
  /** Takes jobs from now on. */
  go(): Promise<void> | void;
}

export function serveConsumer(running: Running): void {
  const open = (): unknown => running.open();
  const go = (): unknown => running.go();
  serve({ open, go, handled: countHandled, observe, forget: forgetObservations });
}
