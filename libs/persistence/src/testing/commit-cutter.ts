import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export type Cut =
  /** The commit takes effect and its answer is lost. */
  | 'answer'
  /** The connection breaks first; the commit still arrives, a moment later. */
  | 'connection';

const COMMIT = Buffer.from('\x03COMMIT');
const LATE_MS = 150;

/** A wire to MySQL that fails once, at the worst moment: around a COMMIT. */
export class CommitCutter {
  private armed: Cut | undefined;

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async before(databaseUrl: string): Promise<CommitCutter> {
    const target = new URL(databaseUrl);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const cutter = new CommitCutter(url.href, server);
    server.on('connection', (client) => cutter.join(client, Number(target.port), target.hostname));
    return cutter;
  }

  /** The next commit is cut. */
  arm(cut: Cut): void {
    this.armed = cut;
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, port: number, host: string): void {
    const upstream = createConnection({ port, host });
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    upstream.on('data', (data) => client.write(data));
    client.on('data', (data) => {
      const cut = data.includes(COMMIT) ? this.armed : undefined;
      if (cut === undefined) upstream.write(data);
      else this.cut(cut, data, client, upstream);
    });
    client.on('close', () => upstream.end());
    upstream.on('close', () => client.destroy());
  }

  private cut(cut: Cut, data: Buffer, client: Socket, upstream: Socket): void {
    this.armed = undefined;
    upstream.removeAllListeners('data');
    client.removeAllListeners('close');
    upstream.once('data', () => {
      client.destroy();
      upstream.destroy();
    });
    if (cut === 'answer') upstream.write(data);
    else {
      client.destroy();
      setTimeout(() => upstream.write(data), LATE_MS);
    }
  }
}
