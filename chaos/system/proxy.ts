import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Lane, type Weather } from './lane.ts';

/** Something that a connection says, at which something shall happen. */
export interface Trap {
  /** Judges each message to the server, with what the connection said since its transaction began. */
  readonly matches: (message: string, said: string) => boolean;
  /**
   * When the message is seen, which the server then never gets; or when its answer is there, of which the client then
   * gets nothing, or the first half.
   */
  readonly at: 'request' | 'answer' | 'half of the answer';
  readonly spring: () => void;
  /** The connection stays open and says no more, instead of breaking. */
  readonly hangs?: boolean;
}

interface Connection {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly up: Lane;
  readonly down: Lane;
  said: string;
  /** The next answer springs it. */
  sprung: Trap | undefined;
}

const TRANSACTION = 'START TRANSACTION';
const REMEMBERED = 20_000;

/** The network between one program and one server, and everything that can happen there. */
export class Proxy {
  /** Of the server, by way of this proxy. */
  readonly url: string;
  private readonly server: Server;
  private readonly target: URL;
  private readonly connections = new Set<Connection>();
  private weather: Weather = {};
  private traps: Trap[] = [];
  /** Connections turned away. */
  refused = 0;

  private constructor(server: Server, target: URL) {
    this.server = server;
    this.target = target;
    const url = new URL(target);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.url = url.href;
    server.on('connection', (client) => this.join(client));
  }

  static async before(url: string): Promise<Proxy> {
    const server = createServer({ noDelay: true });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new Proxy(server, new URL(url));
  }

  change(weather: Weather): void {
    this.weather = weather;
    for (const { up, down } of this.connections) for (const lane of [up, down]) lane.pump();
  }

  clear(): void {
    this.change({});
    this.traps = [];
  }

  /** Breaks every connection with a reset. @returns how many there were */
  reset(): number {
    const broken = [...this.connections];
    for (const { client, upstream } of broken) for (const socket of [client, upstream]) socket.resetAndDestroy();
    return broken.length;
  }

  /** Messages that wait for better weather. */
  get waiting(): number {
    return [...this.connections].reduce((sum, { up, down }) => sum + up.length + down.length, 0);
  }

  /** Springs once, at the first connection that says it. */
  set(trap: Trap): void {
    this.traps.push(trap);
  }

  async close(): Promise<void> {
    this.reset();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    client.on('error', () => undefined);
    if (this.weather.refusing) {
      this.refused += 1;
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port: Number(this.target.port), host: this.target.hostname, noDelay: true });
    const weather = (): Weather => this.weather;
    const up = new Lane(upstream, 'up', weather);
    const down = new Lane(client, 'down', weather);
    const connection: Connection = { client, upstream, up, down, said: '', sprung: undefined };
    this.connections.add(connection);
    upstream.on('error', () => undefined);
    client.on('data', (data) => this.ask(connection, data));
    upstream.on('data', (data) => this.answer(connection, data));
    for (const socket of [client, upstream]) socket.on('close', () => this.leave(connection));
  }

  private ask(connection: Connection, data: Buffer): void {
    if (this.traps.length > 0) {
      const message = data.toString('latin1');
      connection.said = ((message.includes(TRANSACTION) ? '' : connection.said) + message).slice(-REMEMBERED);
      const trap = this.traps.find(({ matches }) => matches(message, connection.said));
      if (trap) {
        this.traps = this.traps.filter((other) => other !== trap);
        if (trap.at === 'request') {
          this.spring(connection, trap);
          return;
        }
        connection.sprung = trap;
      }
    }
    connection.up.send(data);
  }

  private answer(connection: Connection, data: Buffer): void {
    if (!connection.sprung) {
      connection.down.send(data);
      return;
    }
    if (connection.sprung.at === 'half of the answer') connection.client.write(data.subarray(0, data.length >> 1));
    this.spring(connection, connection.sprung);
  }

  private spring(connection: Connection, trap: Trap): void {
    if (!trap.hangs) for (const socket of [connection.client, connection.upstream]) socket.destroy();
    trap.spring();
  }

  private leave(connection: Connection): void {
    for (const lane of [connection.up, connection.down]) lane.close();
    connection.client.destroy();
    connection.upstream.destroy();
    this.connections.delete(connection);
  }
}
