import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { aborted, endsWithin } from '@holdfast/runtime';

/** When nobody has come for so long, whoever sends callers here has noticed that they shall go elsewhere. */
const QUIET_MS = 500;
/** For callers that keep coming all the same, the port closes so long after the delay. */
const PATIENCE_MS = 10_000;
/** How long an idle connection may still bring the request that was under way when the port closed. */
const LAST_REQUEST_MS = 2_000;
/** After it whatever still hangs on is cut. Longer than any answer takes. */
const LAST_ANSWER_MS = 15_000;

/**
 * How a server parts from its callers without refusing one or cutting one off: it serves on, each answer the last of its
 * connection, until nobody comes any more; then its port may close, and what just travels on an idle connection is still
 * answered.
 */
export class Parting {
  private readonly sockets = new Set<Socket>();
  private readonly answers = new Set<ServerResponse>();
  private cameAt = -Infinity;
  private hasBegun = false;

  constructor(
    private readonly server: Server,
    private readonly quietMs = QUIET_MS,
  ) {
    server.on('connection', (socket: Socket) => this.meet(socket));
    // Before the listener that answers, which may do so at once.
    server.prependListener('request', (_: IncomingMessage, answer: ServerResponse) => this.hear(answer));
    const closeIdle = server.closeIdleConnections.bind(server);
    server.closeIdleConnections = () => this.closeLater(closeIdle);
  }

  /**
   * Resolves when the port may close: after the delay, and when nobody has come for a while or waits for an answer. Some
   * callers never stop, and a hurry may come: then sooner.
   */
  async serveOut(delayMs: number, hurry: AbortSignal): Promise<void> {
    this.hasBegun = true;
    for (const answer of this.answers) answer.shouldKeepAlive = false;
    const hurried = aborted(hurry);
    if (await endsWithin(delayMs, hurried)) return;
    const patientUntil = performance.now() + PATIENCE_MS;
    for (let rest = this.untilQuiet(); rest > 0 && performance.now() < patientUntil; rest = this.untilQuiet()) {
      if (await endsWithin(rest, hurried)) return;
      await nextTurn(); // were the process paused, the timer would fire before those are seen who came meanwhile
    }
  }

  private meet(socket: Socket): void {
    this.cameAt = performance.now();
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }

  private hear(answer: ServerResponse): void {
    this.cameAt = performance.now();
    if (this.hasBegun) answer.shouldKeepAlive = false;
    this.answers.add(answer);
    answer.once('close', () => this.answers.delete(answer));
  }

  /** Who waits for an answer will come again; a stream that has begun says nothing about that. */
  private untilQuiet(): number {
    const isAwaited = [...this.answers].some(({ headersSent }) => !headersSent);
    return isAwaited ? this.quietMs : this.cameAt + this.quietMs - performance.now();
  }

  /** Node hangs up on idle connections as soon as the port closes, and so resets those that a request just travels on. */
  private closeLater(closeIdle: () => void): void {
    setTimeout(closeIdle, LAST_REQUEST_MS).unref();
    setTimeout(() => this.closeUnused(), LAST_REQUEST_MS).unref();
    setTimeout(() => this.server.closeAllConnections(), LAST_ANSWER_MS).unref();
  }

  /** Node counts as idle only what has had a request. */
  private closeUnused(): void {
    for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy();
  }
}
