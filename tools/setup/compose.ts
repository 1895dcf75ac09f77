import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../servers/paths.ts';
import { messageOf, Problem } from '../servers/problem.ts';
import type { ServerKind } from './install/package-managers.ts';

const SERVICES: Readonly<Record<ServerKind, { service: string; port: number }>> = {
  database: { service: 'mysql', port: 3306 },
  redis: { service: 'redis', port: 6379 },
};
const PULL_LIMIT_MS = 10 * 60_000;
const run = promisify(execFile);

/** The servers of docker/compose.yaml, as a project of their own per clone and purpose. */
export class ComposeServers {
  private readonly project: string;

  constructor(purpose: string) {
    const clone = createHash('sha256').update(ROOT).digest('hex').slice(0, 8);
    this.project = `holdfast-${purpose}-${clone}`;
  }

  /** Whether a Docker engine answers and knows compose. */
  async available(): Promise<boolean> {
    try {
      await run('docker', ['info'], { timeout: 5_000 });
      await run('docker', ['compose', 'version'], { timeout: 5_000 });
      return true;
    } catch {
      return false;
    }
  }

  /** Starts one server, waits until it is healthy and answers its URL on the port that Docker gave it. */
  async start(kind: ServerKind): Promise<string> {
    const { service, port } = SERVICES[kind];
    await this.compose(['up', '--detach', '--wait', service], PULL_LIMIT_MS);
    const address = (await this.compose(['port', service, String(port)], 10_000)).trim();
    return kind === 'database' ? `mysql://root:holdfast@${address}/holdfast` : `redis://${address}`;
  }

  /** The data stays in the volumes. */
  async stop(): Promise<void> {
    await this.compose(['stop'], 60_000);
  }

  async remove(): Promise<void> {
    await this.compose(['down', '--volumes'], 60_000);
  }

  private async compose(args: readonly string[], timeout: number): Promise<string> {
    const file = path.join(ROOT, 'docker', 'compose.yaml');
    try {
      const { stdout } = await run('docker', ['compose', '-p', this.project, '-f', file, ...args], { timeout });
      return stdout;
    } catch (error) {
      throw new Problem(`docker compose ${args[0] ?? ''} failed: ${messageOf(error)}`);
    }
  }
}
