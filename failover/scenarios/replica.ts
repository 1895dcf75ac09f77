import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Proxy } from '../../chaos/system/proxy.ts';
import { sql } from '../../chaos/system/servers.ts';
import { until } from '../../e2e/harness/until.ts';
import { startRedis, type Server } from '../../tools/servers/index.ts';
import { admitPrograms, follow, programsUrl, promote, startNode } from '../database-node.ts';
import { NOTICED_AFTER_MS, type Scenario, type Stage } from '../scenario.ts';
import { ServiceAddress } from '../service-address.ts';

interface Kind {
  readonly semiSync: boolean;
  /** How long what the primary sends takes to the replica. */
  readonly behindMs: number;
  /** By hand, both servers in health; else the primary is killed. */
  readonly planned: boolean;
}

/** With a timeout that no trial reaches it never falls back to asynchronous. */
const SEMI_SYNC =
  'SET GLOBAL rpl_semi_sync_master_wait_point = AFTER_SYNC, rpl_semi_sync_master_timeout = 600000, rpl_semi_sync_master_enabled = ON';

class PrimaryAndReplica implements Stage {
  private promoted = false;

  private readonly kind: Kind;
  private readonly primary: Server;
  private readonly replica: Server;
  private readonly redis: Server;
  private readonly network: { readonly address: ServiceAddress; readonly between: Proxy };

  constructor(
    kind: Kind,
    primary: Server,
    replica: Server,
    redis: Server,
    network: { readonly address: ServiceAddress; readonly between: Proxy },
  ) {
    this.kind = kind;
    this.primary = primary;
    this.replica = replica;
    this.redis = redis;
    this.network = network;
  }

  get databaseUrl(): string {
    return programsUrl(this.network.address.port);
  }

  get redisUrl(): string {
    return this.redis.url;
  }

  truthUrl(): string {
    return this.promoted ? this.replica.url : this.primary.url;
  }

  async fail(): Promise<string> {
    const how = this.kind.planned ? await this.demote() : await this.lose();
    await promote(this.replica);
    this.promoted = true;
    this.network.address.point(this.replica.port);
    return how;
  }

  async stop(): Promise<void> {
    await this.network.address.close();
    await this.network.between.close();
    await Promise.all([this.primary, this.replica, this.redis].map((server) => server.stop()));
  }

  private async lose(): Promise<string> {
    await this.primary.kill('SIGKILL');
    await pause(NOTICED_AFTER_MS);
    return `primary killed, replica promoted ${NOTICED_AFTER_MS / 1000} s later`;
  }

  /** The old primary lives on, read-only, with the connections that programs have to it. */
  private async demote(): Promise<string> {
    await sql(this.primary.url, 'SET GLOBAL read_only = 1');
    const [row] = await sql<{ at: string }>(this.primary.url, 'SELECT @@gtid_binlog_pos AS at');
    const arrived = async (): Promise<boolean> => {
      const [answer] = await sql<{ late: number }>(
        this.replica.url,
        `SELECT MASTER_GTID_WAIT('${row?.at ?? ''}', 0.1) AS late`,
      );
      return answer?.late === 0;
    };
    await until('the replica has everything', arrived, 30_000);
    return 'primary made read-only and left running, replica promoted';
  }
}

async function prepare(kind: Kind, directory: string): Promise<Stage> {
  const primary = await startNode(path.join(directory, 'primary'), 1);
  const replica = await startNode(path.join(directory, 'replica'), 2, ['--rpl-semi-sync-slave-enabled=ON']);
  const redis = await startRedis({ directory: path.join(directory, 'redis') });
  const between = await Proxy.before(primary.url);
  await follow(replica, Number(new URL(between.url).port));
  if (kind.semiSync) await sql(primary.url, SEMI_SYNC);
  await admitPrograms(primary);
  between.change({ delay: kind.behindMs });
  const address = await ServiceAddress.of(primary.port);
  return new PrimaryAndReplica(kind, primary, replica, redis, { address, between });
}

export const REPLICA: readonly Scenario[] = [
  {
    name: 'semi-sync',
    means: 'a MariaDB primary is lost, and its semi-synchronous replica promoted',
    mayLose: false,
    prepare: (directory) => prepare({ semiSync: true, behindMs: 2, planned: false }, directory),
  },
  {
    name: 'async',
    means: 'a MariaDB primary is lost, and an asynchronous replica promoted that was 250 ms behind',
    mayLose: true,
    prepare: (directory) => prepare({ semiSync: false, behindMs: 250, planned: false }, directory),
  },
  {
    name: 'switchover',
    means: 'a replica takes over while the old primary lives on, read-only, with its connections',
    mayLose: false,
    prepare: (directory) => prepare({ semiSync: false, behindMs: 2, planned: true }, directory),
  },
];
