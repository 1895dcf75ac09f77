import { setTimeout as pause } from 'node:timers/promises';
import { Program, type Launch, type ProgramName } from '../../e2e/harness/program.ts';
import type { Exit } from '../../tools/servers/index.ts';
import { Proxy } from './proxy.ts';
import type { RedisServed } from './redis-topologies.ts';

export interface SlotOptions {
  readonly name: ProgramName;
  readonly directory: string;
  readonly settings: NodeJS.ProcessEnv;
  readonly launch: Launch;
  readonly databaseUrl: string;
  readonly redis: Pick<RedisServed, 'kind' | 'url' | 'nodes'>;
}

const RESTART_MS = 300;

/** A place for one program, behind networks of its own: starts it again whenever it has ended, as a supervisor would. */
export class Slot {
  readonly name: ProgramName;
  readonly database: Proxy;
  readonly redis: Proxy;
  /** Every program that has run here, the present one last. */
  readonly programs: Program[] = [];
  /** For the next start only. */
  extra: NodeJS.ProcessEnv = {};
  private readonly options: SlotOptions;
  private held: Promise<void> = Promise.resolve();
  private ending = false;
  private supervising: Promise<void> | undefined;

  private constructor(options: SlotOptions, database: Proxy, redis: Proxy) {
    this.options = options;
    this.name = options.name;
    this.database = database;
    this.redis = redis;
  }

  static async open(options: SlotOptions): Promise<Slot> {
    const slot = new Slot(
      options,
      await Proxy.before(options.databaseUrl),
      await Proxy.before(options.redis.nodes[0]?.url ?? options.redis.url),
    );
    await slot.start();
    slot.supervising = slot.supervise();
    return slot;
  }

  /** Undefined while none runs. */
  get program(): Program | undefined {
    const last = this.programs.at(-1);
    return last?.running ? last : undefined;
  }

  runs(): boolean {
    return this.program !== undefined;
  }

  /** Of the program that runs here, or ran here last. */
  get url(): string {
    return this.programs.at(-1)?.url ?? '';
  }

  /** No program is started here until the promise settles. */
  holdUntil(settled: Promise<unknown>): void {
    this.held = settled.then(
      () => undefined,
      () => undefined,
    );
  }

  clear(): void {
    this.database.clear();
    this.redis.clear();
  }

  async stop(): Promise<Exit | undefined> {
    this.ending = true;
    const exit = await this.program?.stop();
    await this.supervising;
    await Promise.all([this.database.close(), this.redis.close()]);
    return exit;
  }

  private isEnding(): boolean {
    return this.ending;
  }

  private async supervise(): Promise<void> {
    while (!this.isEnding()) {
      await this.programs.at(-1)?.exited;
      await Promise.all([pause(RESTART_MS), this.held]);
      // While a server is away a program may refuse to start: it is tried again, as by any supervisor.
      if (!this.isEnding()) await this.start().catch(() => undefined);
    }
    await this.program?.stop();
  }

  private async start(): Promise<void> {
    const { name, directory, settings, launch } = this.options;
    const { kind, url } = this.options.redis;
    // Sentinels and nodes tell where the others are: past a proxy.
    const urls = { DATABASE_URL: this.database.url, REDIS_URL: kind === 'one' ? this.redis.url : url };
    const extra = this.extra;
    this.extra = {};
    this.programs.push(await Program.start(name, directory, { ...settings, ...urls, ...extra }, launch));
  }
}
