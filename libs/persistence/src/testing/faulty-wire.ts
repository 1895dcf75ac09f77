import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { commandIn, errorPacket, PacketSplitter, queryPacket } from './mysql-packets.ts';

export type Fault =
  /** MySQL answers with an error instead of carrying the statement out; some errors also end the transaction. */
  | {
      readonly kind: 'error';
      readonly errno: number;
      readonly sqlState: string;
      readonly message: string;
      readonly endsTransaction: boolean;
    }
  /** The connection breaks before the statement leaves. */
  | { readonly kind: 'lost-before' }
  /** The statement takes effect and its answer is lost. */
  | { readonly kind: 'lost-after' }
  /** The connection breaks first; the statement still arrives, a moment later. */
  | { readonly kind: 'late' };

const LATE_MS = 100;

/** A wire to MySQL on which the nth statement from now fails once. It also tells what was sent. */
export class FaultyWire {
  /** What was sent since `watch`, without the settings of new connections. */
  statements: string[] = [];
  /** Resolves when a statement that was still on its way has arrived and was carried out. */
  landed: Promise<void> = Promise.resolve();
  private armed: { nth: number; fault: Fault } | undefined;
  private losesSettings = false;

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async before(databaseUrl: string): Promise<FaultyWire> {
    const target = new URL(databaseUrl);
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const wire = new FaultyWire(url.href, server);
    server.on('connection', (client) =>
      wire.join(client, createConnection({ port: Number(target.port), host: target.hostname, noDelay: true })),
    );
    return wire;
  }

  /** Forgets what was sent, and lets the nth statement from now fail, counted from 1. */
  watch(failing?: { readonly nth: number; readonly fault: Fault }): void {
    this.statements = [];
    this.armed = failing;
  }

  /** The settings of the next connection get no answer, and nothing that follows them. */
  loseSettings(): void {
    this.losesSettings = true;
  }

  /** Whether the fault that was asked for has happened. */
  get fired(): boolean {
    return this.armed === undefined;
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, upstream: Socket): void {
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    const splitter = new PacketSplitter();
    upstream.on('data', (data) => client.write(data));
    client.on('data', (data) => {
      for (const packet of splitter.push(data)) this.pass(packet, client, upstream);
    });
    client.on('close', () => upstream.end());
    upstream.on('close', () => client.destroy());
  }

  private pass(packet: Buffer, client: Socket, upstream: Socket): void {
    const statement = commandIn(packet);
    if (this.losesSettings && statement?.startsWith('SET SESSION')) {
      this.losesSettings = false;
      client.removeAllListeners('data');
      client.resume();
      return;
    }
    if (statement !== undefined && !statement.startsWith('SET SESSION')) {
      this.statements.push(statement);
      if (this.armed?.nth === this.statements.length) {
        const { fault } = this.armed;
        this.armed = undefined;
        this.landed = new Promise((landed) => fail(fault, packet, client, upstream, landed));
        return;
      }
    }
    upstream.write(packet);
  }
}

function fail(fault: Fault, packet: Buffer, client: Socket, upstream: Socket, landed: () => void): void {
  if (fault.kind === 'error') answerWithError(fault, client, upstream);
  else cut(fault.kind, packet, client, upstream, landed);
  if (fault.kind !== 'late') landed();
}

function answerWithError(fault: Fault & { kind: 'error' }, client: Socket, upstream: Socket): void {
  const answer = errorPacket(fault);
  if (!fault.endsTransaction) {
    client.write(answer);
    return;
  }
  const passOn = upstream.listeners('data') as ((data: Buffer) => void)[];
  upstream.removeAllListeners('data');
  upstream.once('data', () => {
    for (const listener of passOn) upstream.on('data', listener);
    client.write(answer);
  });
  upstream.write(queryPacket('ROLLBACK'));
}

/** The server notices a lost connection at once: what was not committed is rolled back before the client knows. */
function cut(
  kind: 'lost-before' | 'lost-after' | 'late',
  packet: Buffer,
  client: Socket,
  upstream: Socket,
  landed: () => void,
): void {
  upstream.removeAllListeners('data');
  client.removeAllListeners('close');
  const end = (): void => {
    client.destroy();
    upstream.destroy();
    landed();
  };
  const rollBack = (): void => {
    upstream.once('data', end);
    upstream.write(queryPacket('ROLLBACK'));
  };
  if (kind === 'lost-before') rollBack();
  else upstream.once('data', kind === 'late' ? end : rollBack);
  if (kind === 'lost-after') upstream.write(packet);
  if (kind === 'late') {
    client.destroy();
    setTimeout(() => upstream.write(packet), LATE_MS);
  }
}
