import { createServer } from 'node:net';
import { codeOf } from './problem.ts';

/** Below those that systems hand out themselves, to connections above all. */
const FIRST = 20_000;
const COUNT = 12_000;
/** Processes that were started one after the other begin so far from each other. */
const STRIDE = 61;
let given = 0;

/**
 * A port nobody listens on now. The system gives it to nobody who does not ask for it, so that it is still free when the
 * program that shall listen there has started, or has been away; and no process gives it out twice.
 */
export async function freePort(): Promise<number> {
  while (given < COUNT) {
    const port = FIRST + ((process.pid * STRIDE + given++) % COUNT);
    if ((await whyPortIsTaken(port)) === undefined) return port;
  }
  throw new Error(`Every port from ${FIRST} to ${FIRST + COUNT - 1} is taken.`);
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
