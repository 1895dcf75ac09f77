import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { sql } from '../../chaos/system/servers.ts';
import { until } from '../../e2e/harness/until.ts';
import { findProgram } from '../../tools/servers/binaries.ts';
import { freePort, Problem, type Server } from '../../tools/servers/index.ts';
import { admitPrograms, startNode } from '../database-node.ts';

export const NODES = 3;

const PROVIDERS = ['/usr/lib/galera/libgalera_smm.so', '/usr/lib64/galera-4/libgalera_smm.so'];
/** Galera gives a silent node five seconds by default, and then needs some to agree on who is left. */
const AGREED_WITHIN_MS = 30_000;

/** Three nodes. The first is the one writer; the others began empty and got its state by rsync. */
export class GaleraGroup {
  readonly nodes: readonly [writer: Server, next: Server, last: Server];

  private readonly startNode: (n: number, ...options: string[]) => Promise<Server>;
  private readonly lastFolder: string;
  private readonly replacements: Server[] = [];

  private constructor(nodes: GaleraGroup['nodes'], start: GaleraGroup['startNode'], lastFolder: string) {
    this.nodes = nodes;
    this.startNode = start;
    this.lastFolder = lastFolder;
  }

  static async start(directory: string): Promise<GaleraGroup> {
    const provider = findProvider();
    process.env['PATH'] = `${import.meta.dirname}:${process.env['PATH'] ?? ''}`; // for wsrep_sst_rsync_as_root
    const folders = Array.from({ length: NODES }, (_, n) => path.join(directory, `node-${n}`));
    const ports = await Promise.all(folders.map(() => freePort()));
    const start = async (n: number, ...options: string[]): Promise<Server> =>
      startNode(folders[n] ?? '', n + 1, [...(await optionsFor(provider, ports, n)), ...options]);
    const first = await start(0, '--wsrep-new-cluster');
    await admitPrograms(first);
    const group = new GaleraGroup([first, await start(1), await start(2)], start, folders[2] ?? '');
    for (const node of group.nodes) await untilAmong(node, NODES);
    return group;
  }

  /** Starts another node in the place of the last one, with nothing on its disk. The donor takes no writes meanwhile. */
  async replaceLast(): Promise<void> {
    rmSync(path.join(this.lastFolder, 'data'), { recursive: true });
    this.replacements.push(await this.startNode(2, '--wsrep-sst-donor=node-1'));
    await untilAmong(this.nodes[0], NODES);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes, ...this.replacements].map((node) => node.stop()));
  }
}

/** Until it takes writes, in a group of that size. */
export async function untilAmong(node: Server, size: number): Promise<void> {
  await until(`the node is in a group of ${size}`, () => isAmong(node, size), AGREED_WITHIN_MS);
}

export async function untilItRefuses(node: Server): Promise<void> {
  await until('the node refuses', async () => !(await isAmong(node, NODES)), AGREED_WITHIN_MS);
}

async function isAmong({ url }: Server, size: number): Promise<boolean> {
  const rows = await sql<{ Variable_name: string; Value: string }>(
    url,
    "SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_ready')",
  );
  const values = Object.fromEntries(rows.map(({ Variable_name: name, Value: value }) => [name, value]));
  return values['wsrep_ready'] === 'ON' && Number(values['wsrep_cluster_size']) === size;
}

function findProvider(): string {
  const provider = PROVIDERS.find((file) => existsSync(file));
  if (provider === undefined) throw new Problem('Galera is not installed (on Debian and Ubuntu: galera-4).');
  if (findProgram('rsync') === undefined) throw new Problem('rsync is needed, by which Galera brings states to nodes.');
  return provider;
}

/** With one writer numbers need no gaps, and what reads the journal in their order would wait at each. */
async function optionsFor(provider: string, group: readonly number[], n: number): Promise<string[]> {
  const [states, changes] = [await freePort(), await freePort()];
  return [
    '--wsrep-on=ON',
    `--wsrep-provider=${provider}`,
    `--wsrep-cluster-address=gcomm://${group.map((port) => `127.0.0.1:${port}`).join(',')}`,
    `--wsrep-node-name=node-${n}`,
    '--wsrep-node-address=127.0.0.1',
    `--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:${group[n] ?? 0};ist.recv_addr=127.0.0.1:${changes};gcache.size=32M`,
    `--wsrep-sst-method=${process.getuid?.() === 0 ? 'rsync_as_root' : 'rsync'}`,
    `--wsrep-sst-receive-address=127.0.0.1:${states}`,
    '--wsrep-auto-increment-control=OFF',
    '--innodb-autoinc-lock-mode=2',
  ];
}
