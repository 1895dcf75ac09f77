import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Database, DATABASE_DEFAULTS } from '@holdfast/persistence';
import { migrateUp } from '@holdfast/persistence/schema';
import { startDatabase, startRedis, type Server } from '../../tools/servers/index.ts';
import { createScratchDatabase, testServerUrl, type ScratchDatabase } from '../../tools/testing/scratch-database.ts';
import { Client, JWT_SECRET } from './client.ts';
import { Program, type Launch, type ProgramName } from './program.ts';

export interface ClusterOptions {
  readonly schedulers?: number;
  readonly workers?: number;
  readonly settings?: Readonly<Record<string, string>>;
  /** A Redis server of its own, which the test may kill; else the one that TEST_REDIS_URL names, under its own prefix. */
  readonly ownRedis?: boolean;
  /** A database server of its own, likewise; else a database on the one that TEST_DATABASE_URL names. */
  readonly ownDatabase?: boolean;
}

/** What the programs of a cluster share. */
interface Ground {
  readonly directory: string;
  readonly scratch: ScratchDatabase;
  readonly redis: Server | undefined;
  readonly databaseServer: Server | undefined;
  readonly settings: NodeJS.ProcessEnv;
}

/** The whole system as real processes over real servers, with a database of its own. */
export class Cluster {
  readonly database: Database;
  readonly client: Client;
  readonly api: Program;
  /** Only if it was asked for with `ownRedis`. */
  readonly redis: Server | undefined;
  /** Only if it was asked for with `ownDatabase`. */
  readonly databaseServer: Server | undefined;
  private readonly programs: Program[];
  private readonly ground: Ground;

  private constructor(ground: Ground, client: Client, api: Program) {
    this.database = new Database({ ...DATABASE_DEFAULTS, url: ground.scratch.url, connections: 2 });
    this.ground = ground;
    this.redis = ground.redis;
    this.databaseServer = ground.databaseServer;
    this.client = client;
    this.api = api;
    this.programs = [api];
  }

  static async start({
    schedulers = 1,
    workers = 1,
    settings = {},
    ownRedis = false,
    ownDatabase = false,
  }: ClusterOptions = {}): Promise<Cluster> {
    const ground = await layGround(settings, ownRedis, ownDatabase);
    const api = await Program.start('api', ground.directory, ground.settings);
    const cluster = new Cluster(ground, await Client.of(api.url), api);
    await Promise.all([cluster.add('scheduler', schedulers), cluster.add('worker', workers)]);
    return cluster;
  }

  get databaseUrl(): string {
    return this.ground.scratch.url;
  }

  /** Starts further processes of a program. */
  async add(name: ProgramName, count = 1, settings: NodeJS.ProcessEnv = {}, launch: Launch = {}): Promise<Program[]> {
    const environment = { ...this.ground.settings, ...settings };
    const added = await Promise.all(
      Array.from({ length: count }, () => Program.start(name, this.ground.directory, environment, launch)),
    );
    this.programs.push(...added);
    return added;
  }

  /** Starts a process without waiting for anything. */
  async launch(name: ProgramName, settings: NodeJS.ProcessEnv = {}, launch: Launch = {}): Promise<Program> {
    const program = await Program.launch(name, this.ground.directory, { ...this.ground.settings, ...settings }, launch);
    this.programs.push(program);
    return program;
  }

  /** Where its servers are. */
  get servers(): { readonly database: string; readonly redis: string } {
    const { DATABASE_URL: database = '', REDIS_URL: redis = '' } = this.ground.settings;
    return { database, redis };
  }

  running(name: ProgramName): Program[] {
    return this.programs.filter((program) => program.name === name && program.running);
  }

  /** Rejects if a program did not stop cleanly. */
  async stop(): Promise<void> {
    const stopped = this.programs.filter(({ running }) => running);
    const exits = await Promise.all(stopped.map((program) => program.stop()));
    await this.database.close();
    await this.redis?.stop();
    if (this.databaseServer) await this.databaseServer.stop();
    else await this.ground.scratch.drop(); // a server of one's own, which may be frozen, takes its data along
    const unclean = stopped
      .filter((_, index) => exits[index]?.code !== 0)
      .map(({ name, logFile }) => `${name} (${logFile})`);
    if (unclean.length > 0) throw new Error(`did not end with 0 when told to stop: ${unclean.join(', ')}`);
  }
}

async function layGround(settings: NodeJS.ProcessEnv, ownRedis: boolean, ownDatabase: boolean): Promise<Ground> {
  const parent = process.env['TEST_DIRECTORY'] ?? tmpdir();
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(path.join(parent, 'cluster-'));
  const databaseServer = ownDatabase ? await startDatabase({ directory: path.join(directory, 'database') }) : undefined;
  const scratch = await createScratchDatabase(databaseServer?.url);
  await migrateUp(scratch.url);
  const redis = ownRedis ? await startRedis({ directory: path.join(directory, 'redis') }) : undefined;
  const servers = { DATABASE_URL: scratch.url, REDIS_URL: redis?.url ?? testServerUrl('TEST_REDIS_URL') };
  const prefix = `e2e-${randomBytes(6).toString('hex')}`;
  return {
    directory,
    scratch,
    redis,
    databaseServer,
    settings: { ...servers, REDIS_PREFIX: prefix, JWT_SECRET, ...settings },
  };
}
