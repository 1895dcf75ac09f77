import { createServer } from 'node:net';
import { codeOf } from './problem.ts';

/** A port nobody listens on now; it may be taken a moment later, so whoever binds it must be ready to ask again. */
export async function freePort(): Promise<number> {
  const answer = await tryToListen(0, '127.0.0.1');
  if ('code' in answer) throw new Error(`The system gives out no free port (${answer.code}).`);
  return answer.port;
}

/** `undefined` when a program could listen on all addresses at this port, else the system's error code. */
export async function whyPortIsTaken(port: number): Promise<string | undefined> {
  for (const host of ['0.0.0.0', '::']) {
    const answer = await tryToListen(port, host);
    if ('code' in answer && ['EADDRINUSE', 'EACCES'].includes(answer.code)) return answer.code;
  }
  return undefined;
}

function tryToListen(port: number, host: string): Promise<{ port: number } | { code: string }> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve({ code: codeOf(error) ?? 'unknown' }));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve({ port: taken }));
    });
  });
}
