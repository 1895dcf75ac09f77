import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from '../../chaos/system/servers.ts';
import { until } from '../../e2e/harness/until.ts';
import { freePort, Problem, startRedis, type Server } from '../../tools/servers/index.ts';
import { admitPrograms, programsUrl, startNode } from '../database-node.ts';
import { NOTICED_AFTER_MS, type Scenario, type Stage } from '../scenario.ts';
import { ServiceAddress } from '../service-address.ts';

const PROVIDERS = ['/usr/lib/galera/libgalera_smm.so', '/usr/lib64/galera-4/libgalera_smm.so'];
const NODES = 3;

async function prepare(directory: string): Promise<Stage> {
  const provider = PROVIDERS.find((file) => existsSync(file));
  if (provider === undefined) throw new Problem('Galera is not installed (Debian: galera-4, rsync).');
  const ports = await Promise.all(Array.from({ length: NODES }, () => freePort()));
  const nodes: Server[] = [];
  for (const [n, port] of ports.entries()) {
    const options = optionsFor(provider, ports, port, await freePort(), await freePort());
    nodes.push(
      await startNode(
        path.join(directory, `galera-${n}`),
        n + 1,
        n === 0 ? [...options, '--wsrep-new-cluster'] : options,
      ),
    );
  }
  const [writer, next] = nodes as [Server, Server, Server];
  await until('all nodes are in the cluster', async () => (await sizeSeenBy(next)) === NODES, 30_000);
  await admitPrograms(writer);
  const redis = await startRedis({ directory: path.join(directory, 'redis') });
  const address = await ServiceAddress.of(writer.port);
  let truth = writer;
  return {
    databaseUrl: programsUrl(address.port),
    redisUrl: redis.url,
    truthUrl: () => truth.url,
    fail: async () => {
      await writer.kill('SIGKILL');
      await pause(NOTICED_AFTER_MS);
      await until('the others go on', async () => (await sizeSeenBy(next)) === NODES - 1, 30_000);
      truth = next;
      address.point(next.port);
      return 'the one writer killed, all programs sent to another node';
    },
    stop: async () => {
      await address.close();
      await Promise.all([...nodes, redis].map((server) => server.stop()));
    },
  };
}

function optionsFor(provider: string, group: readonly number[], port: number, ist: number, sst: number): string[] {
  return [
    '--wsrep-on=ON',
    `--wsrep-provider=${provider}`,
    `--wsrep-cluster-address=gcomm://${group.map((each) => `127.0.0.1:${each}`).join(',')}`,
    '--wsrep-node-address=127.0.0.1',
    `--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:${port};ist.recv_addr=127.0.0.1:${ist};gcache.size=32M`,
    '--wsrep-sst-method=rsync',
    `--wsrep-sst-receive-address=127.0.0.1:${sst}`,
    '--innodb-autoinc-lock-mode=2',
  ];
}

async function sizeSeenBy({ url }: Server): Promise<number> {
  const rows = await sql<{ Variable_name: string; Value: string }>(
    url,
    "SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_ready')",
  );
  const values = Object.fromEntries(rows.map(({ Variable_name: name, Value: value }) => [name, value]));
  return values['wsrep_ready'] === 'ON' ? Number(values['wsrep_cluster_size']) : 0;
}

export const GALERA: Scenario = {
  name: 'galera',
  means: 'the one writer of a Galera cluster of three is killed',
  mayLose: false,
  prepare,
};
