import { setTimeout as pause } from 'node:timers/promises';
import { IS_TO_FINISH } from '../check/dump.ts';
import { sql } from '../system/servers.ts';

/** More than the workers can have in hand, and done within a minute or two once nothing is broken any more. */
const MOST_JOBS = 800;
const LOOK_EVERY_MS = 1_000;

/** How far the workers are behind: callers that never cared would ask for more than a system that is being broken can do. */
export class Backlog {
  private readonly databaseUrl: string;
  private jobs = 0;

  constructor(databaseUrl: string) {
    this.databaseUrl = databaseUrl;
  }

  get isLong(): boolean {
    return this.jobs > MOST_JOBS;
  }

  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.jobs = await this.count().catch(() => this.jobs); // while the database is down nothing is accepted either
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async count(): Promise<number> {
    const [row] = await sql<{ n: number }>(
      this.databaseUrl,
      `SELECT COUNT(*) AS n FROM jobs WHERE state IN ('pending', 'running', 'blocked') AND ${IS_TO_FINISH}`,
    );
    return row?.n ?? 0;
  }
}
