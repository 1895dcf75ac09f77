import { randomBytes } from 'node:crypto';
import { Database, DATABASE_DEFAULTS, type Row } from '@holdfast/persistence';
import { migrateUp } from '@holdfast/persistence/schema';
import { JWT_SECRET } from '../../e2e/harness/client.ts';
import { Program, type ProgramName } from '../../e2e/harness/program.ts';
import { HEAP_FLAGS } from '../../tools/servers/heap-flags.ts';
import type { Server } from '../../tools/servers/index.ts';
import { makeToken, DEFAULT_CLAIMS } from '../../tools/setup/token.ts';
import { createScratchDatabase, type ScratchDatabase } from '../../tools/testing/scratch-database.ts';
import type { Ground } from '../ground.ts';
import { Part } from '../processes/part.ts';
import { ask } from '../servers/redis.ts';

export interface SystemOptions {
  readonly redis: Server;
  readonly programs?: readonly ProgramName[];
  readonly settings?: NodeJS.ProcessEnv;
}

export const QUEUE = 'bench';

/** Holdfast as one would run it, every program a real process with its defaults, over a database of its own and an empty Redis. */
export class System {
  readonly database: Database;
  readonly library: Part;
  private readonly directory: string;
  private readonly scratch: ScratchDatabase;
  private readonly settings: NodeJS.ProcessEnv;
  private readonly programs: Program[] = [];
  private readonly parts: Part[] = [];

  private constructor(directory: string, scratch: ScratchDatabase, settings: NodeJS.ProcessEnv, library: Part) {
    this.directory = directory;
    this.scratch = scratch;
    this.settings = settings;
    this.library = library;
    this.parts.push(library);
    this.database = new Database({
      ...DATABASE_DEFAULTS,
      url: scratch.url,
      connections: 2,
      statementTimeoutMs: 300_000,
    });
  }

  static async start(ground: Ground, { redis, programs = [], settings = {} }: SystemOptions): Promise<System> {
    process.env['TEST_DATABASE_URL'] = (await ground.database()).url;
    await ask(redis.url, (client) => client.flushall());
    const scratch = await createScratchDatabase();
    await migrateUp(scratch.url);
    const env = {
      DATABASE_URL: scratch.url,
      REDIS_URL: redis.url,
      REDIS_PREFIX: `bench-${randomBytes(4).toString('hex')}`,
      JWT_SECRET,
      LOG_LEVEL: 'info',
      NODE_ENV: 'production',
      ...settings,
    };
    const library = await Part.start({ script: 'holdfast/library.ts', env, directory: ground.directory });
    const system = new System(ground.directory, scratch, env, library);
    await library.call('reset');
    await Promise.all(programs.map((name) => system.add(name)));
    return system;
  }

  async add(name: ProgramName): Promise<Program> {
    const program = await Program.start(name, this.directory, this.settings);
    this.programs.push(program);
    return program;
  }

  /** Workers with the no-op handler that are ready and wait for `go`. */
  async addWorkers(count: number, settings: NodeJS.ProcessEnv): Promise<Part[]> {
    const env = { ...this.settings, ...settings, WORKER_PORT: '0' };
    return Promise.all(
      Array.from({ length: count }, async () => {
        const worker = await Part.start({
          script: 'holdfast/worker.ts',
          flags: HEAP_FLAGS,
          env,
          directory: this.directory,
        });
        this.parts.push(worker);
        await worker.call('open');
        return worker;
      }),
    );
  }

  /** A program that submits over HTTP. */
  async httpProducer(): Promise<Part> {
    const env = { API_URL: this.url('api'), TOKEN: await this.token(), QUEUE, TYPE: this.settings['TYPE'] };
    const part = await Part.start({ script: 'holdfast/http-producer.ts', env, directory: this.directory });
    this.parts.push(part);
    return part;
  }

  program(name: ProgramName): Program {
    const found = this.programs.find((program) => program.name === name);
    if (found === undefined) throw new Error(`This system has no ${name}.`);
    return found;
  }

  url(name: ProgramName): string {
    return this.program(name).url;
  }

  async token(): Promise<string> {
    return makeToken({ JWT_SECRET }, DEFAULT_CLAIMS);
  }

  async number(statement: string): Promise<number> {
    const [row] = await this.database.rows<Row & { n: number | string | null }>(statement);
    return Number(row?.n ?? NaN);
  }

  async stop(): Promise<void> {
    await Promise.all([
      ...this.parts.map((part) => part.stop()),
      ...this.programs.filter(({ running }) => running).map((program) => program.stop()),
    ]);
    await this.database.close();
    await this.scratch.drop();
  }
}
