import { Server, startDatabase } from '../tools/servers/index.ts';
import path from 'node:path';
import type { Lifetime } from '../tools/setup/lifetime.ts';
import { startPostgres } from './servers/postgres.ts';
import { type Durability, startRedisWith } from './servers/redis.ts';

/** The servers of one run, each started when it is first needed, and none of them shared with anybody. */
export class Ground {
  readonly directory: string;
  private readonly lifetime: Lifetime;
  private readonly servers = new Map<string, Promise<Server>>();

  constructor(directory: string, lifetime: Lifetime) {
    this.directory = directory;
    this.lifetime = lifetime;
  }

  /** MariaDB or MySQL with innodb_flush_log_at_trx_commit=1. */
  database(): Promise<Server> {
    return this.once('database', () => startDatabase({ directory: path.join(this.directory, 'database') }));
  }

  redis(durability: Durability): Promise<Server> {
    return this.once(`redis-${durability}`, () => startRedisWith(durability, this.directory));
  }

  postgres(): Promise<Server> {
    return this.once('postgres', () => startPostgres(this.directory));
  }

  private once(name: string, start: () => Promise<Server>): Promise<Server> {
    const known = this.servers.get(name);
    if (known !== undefined) return known;
    const starting = start();
    this.servers.set(name, starting);
    this.lifetime.onEnd(async () => (await starting.catch(() => undefined))?.stop());
    return starting;
  }
}
