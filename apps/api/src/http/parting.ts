import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** How long an idle connection may still bring the request that was under way when the port closed. */
const LAST_REQUEST_MS = 2_000;
/** After it whatever still hangs on is cut. Longer than any answer takes. */
const LAST_ANSWER_MS = 15_000;

/**
 * A server that is closed hangs up on idle connections at once, and so resets those that a request is just travelling on.
 * This one gives them a moment: what arrives by then is answered with "Connection: close", like everything after it.
 */
export function partGently(server: Server): void {
  const closeIdle = server.closeIdleConnections.bind(server);
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const closeUnused = (): void => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
  server.closeIdleConnections = (): void => {
    setTimeout(closeIdle, LAST_REQUEST_MS).unref();
    setTimeout(closeUnused, LAST_REQUEST_MS).unref(); // Node counts as idle only what has had a request
    setTimeout(() => server.closeAllConnections(), LAST_ANSWER_MS).unref();
  };
}
