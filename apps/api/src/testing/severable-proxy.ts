import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** Stands between a program and its server, and can be cut. */
export class SeverableProxy {
  private readonly sockets = new Set<Socket>();
  private severed = false;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (socket) => this.pass(socket));
  }

  static async before(url: string): Promise<SeverableProxy> {
    const server = createServer();
    const proxy = new SeverableProxy(server, new URL(url));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  /** The URL of the server, by way of this proxy. */
  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    const url = new URL(this.target);
    url.host = `127.0.0.1:${address.port}`;
    return url.href;
  }

  sever(): void {
    this.severed = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.severed = false;
  }

  async close(): Promise<void> {
    this.sever();
    this.server.close();
    await once(this.server, 'close');
  }

  private pass(socket: Socket): void {
    const upstream = connect(Number(this.target.port), this.target.hostname);
    for (const each of [socket, upstream]) {
      this.sockets.add(each);
      each.on('error', () => undefined);
      each.on('close', () => {
        this.sockets.delete(each);
        socket.destroy();
        upstream.destroy();
      });
    }
    if (this.severed) socket.destroy();
    else socket.pipe(upstream).pipe(socket);
  }
}
