import type { ManagedProcess } from '../servers/index.ts';
import { type Application, died, launchApplication, waitUntilReady } from './applications.ts';

export interface RunningApplication {
  application: Application;
  /** Another one after each restart. */
  process: ManagedProcess;
}

const RESTARTS_A_MINUTE = 3;
const MINUTE_MS = 60_000;

/**
 * Starts a program again whenever it ends by itself, as an operator's supervisor would, so that killing one shows what
 * becomes of its jobs. Rejects when it ends too often.
 */
export async function supervise(
  running: RunningApplication,
  env: NodeJS.ProcessEnv,
  ending: AbortSignal,
): Promise<never> {
  const { application } = running;
  let recent: number[] = [];
  for (;;) {
    const exit = await running.process.exited;
    if (ending.aborted) return new Promise<never>(() => undefined);
    recent = [...recent, performance.now()].filter((at) => performance.now() - at < MINUTE_MS);
    if (recent.length > RESTARTS_A_MINUTE) throw died(application, exit);
    console.log(
      `  The ${application.name} ended (${exit.signal ?? `code ${exit.code ?? 'unknown'}`}): starting it again.`,
    );
    running.process = await launchApplication(application, env);
    await waitUntilReady(application, running.process);
  }
}
