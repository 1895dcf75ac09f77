import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** An address that follows the primary, as a virtual IP, a proxy or a Service of Kubernetes does. */
export class ServiceAddress {
  private readonly sockets = new Set<Socket>();

  private readonly server: Server;
  private target: number;

  private constructor(server: Server, target: number) {
    this.server = server;
    this.target = target;
    server.on('connection', (client) => this.join(client));
  }

  static async of(port: number): Promise<ServiceAddress> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new ServiceAddress(server, port);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** New connections go there; open ones stay where they are, as with a name or an IP that moves. */
  point(port: number): void {
    this.target = port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    const upstream = connect(this.target, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
