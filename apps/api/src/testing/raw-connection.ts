import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection on which anything can be said, also what no HTTP client would say. */
export class RawConnection {
  private received = '';

  readonly closed: Promise<void>;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (text: string) => (this.received += text));
    socket.on('error', () => undefined);
    this.closed = once(socket, 'close').then(() => undefined);
  }

  static async to(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Everything that was answered so far. */
  get text(): string {
    return this.received;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Everything that was answered by the time the server hung up. */
  async untilClosed(): Promise<string> {
    await this.closed;
    return this.received;
  }

  /** The answer so far, once its headers are there. */
  async answered(): Promise<string> {
    while (!this.received.includes('\r\n\r\n')) await Promise.race([once(this.socket, 'data'), this.closed]);
    return this.received;
  }
}
