import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Database, DATABASE_DEFAULTS } from '@holdfast/persistence';
import { Client, JWT_SECRET } from '../../e2e/harness/client.ts';
import { Program, type ProgramName } from '../../e2e/harness/program.ts';
import { HOLDFAST } from '../../tools/servers/index.ts';
import type { Lifetime } from '../../tools/setup/lifetime.ts';

export interface SystemOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly programs: readonly ProgramName[];
  readonly settings: NodeJS.ProcessEnv;
}

/** Real programs over the filled database. */
export class System {
  /** One connection, so that what a statement did to its session can be asked for. */
  readonly database: Database;
  private readonly options: SystemOptions;
  private readonly programs = new Map<ProgramName, Program>();
  private readonly clients = new Map<string, Promise<Client>>();

  private constructor(options: SystemOptions) {
    this.options = options;
    this.database = new Database({
      ...DATABASE_DEFAULTS,
      url: options.databaseUrl,
      connections: 1,
      statementTimeoutMs: 600_000,
    });
  }

  static async start(options: SystemOptions, lifetime: Lifetime): Promise<System> {
    const system = new System(options);
    lifetime.onEnd(() => system.database.close());
    lifetime.onEnd(() => system.stop([...system.programs.keys()]));
    await Promise.all(options.programs.map((name) => system.add(name)));
    return system;
  }

  get url(): string {
    return this.programs.get('api')?.url ?? '';
  }

  client(tenant = 'default'): Promise<Client> {
    const known = this.clients.get(tenant) ?? Client.of(this.url, tenant);
    this.clients.set(tenant, known);
    return known;
  }

  async add(name: ProgramName, settings: NodeJS.ProcessEnv = {}): Promise<void> {
    const directory = path.join(HOLDFAST, 'reading');
    mkdirSync(directory, { recursive: true });
    const { databaseUrl, redisUrl } = this.options;
    const own = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, REDIS_PREFIX: 'reading', JWT_SECRET };
    const common = { TRANSITION_JOURNAL: 'true', LOG_LEVEL: 'info', NODE_ENV: 'production' };
    const environment = { ...own, ...common, ...this.options.settings, ...settings };
    this.programs.set(name, await Program.start(name, directory, environment));
  }

  async stop(names: readonly ProgramName[]): Promise<void> {
    await Promise.all(names.map(async (name) => this.programs.get(name)?.stop()));
    for (const name of names) this.programs.delete(name);
  }
}
