import type { IncomingHttpHeaders } from 'node:http';
import type { LookupFunction } from 'node:net';
import { Client } from 'undici';
import { checkedAddresses, type AddressPolicy } from './checked-addresses.ts';
import type { HttpRequest } from './http-payload.ts';

export const EXCHANGE_LIMITS = {
  /** From resolving the name to the last byte. */
  totalMs: 10_000,
  headerBytes: 16 * 1024,
  /** As they come over the wire: nothing is decompressed. */
  bodyBytes: 64 * 1024,
} as const;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** There was more than the limit. */
  readonly truncated: boolean;
}

export interface ExchangeOptions extends AddressPolicy {
  readonly limits: { readonly [Limit in keyof typeof EXCHANGE_LIMITS]: number };
  readonly signal: AbortSignal;
}

/**
 * One request over a connection of its own, to addresses that were just checked, and its answer within the limits. The
 * connection is gone afterwards, whatever the server still had to say. Only the body of a 2xx answer is read; a redirect
 * is an answer like any other.
 *
 * @throws BlockedAddressError before anything is sent, the signal's reason, or what went wrong
 */
export async function exchange(request: HttpRequest, options: ExchangeOptions): Promise<Answer> {
  const deadline = AbortSignal.timeout(options.limits.totalMs);
  const signal = AbortSignal.any([options.signal, deadline]);
  try {
    const addresses = await unlessAborted(checkedAddresses(request.url.hostname, options), signal);
    return await send(request, pinnedTo(addresses), { ...options, signal });
  } catch (error) {
    options.signal.throwIfAborted();
    if (deadline.aborted) throw new Error(`no complete answer within ${options.limits.totalMs} ms`, { cause: error });
    throw error;
  }
}

/** Neither the resolver nor some states of a client take a signal. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject);
  });
}

/** A second question to the resolver could get another answer. A literal in the URL never gets here; it was checked. */
function pinnedTo(addresses: Awaited<ReturnType<typeof checkedAddresses>>): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  };
}

async function send(request: HttpRequest, lookup: LookupFunction, options: ExchangeOptions): Promise<Answer> {
  const { url, method, headers, body } = request;
  const { limits, signal } = options;
  const client = new Client(url.origin, {
    connect: { lookup, signal, timeout: limits.totalMs },
    allowH2: false,
    pipelining: 0,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.totalMs,
    bodyTimeout: limits.totalMs,
  });
  try {
    const sent = client.request({ path: url.pathname + url.search, method, headers, body: body ?? null, signal });
    const response = await unlessAborted(sent, signal);
    const { statusCode: status, headers: answered } = response;
    if (status < 200 || status >= 300) return { status, headers: answered, body: Buffer.alloc(0), truncated: false };
    return { status, headers: answered, ...(await readUpTo(limits.bodyBytes, response.body)) };
  } finally {
    await client.destroy();
  }
}

async function readUpTo(
  limit: number,
  stream: AsyncIterable<Uint8Array>,
): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > limit) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, limit), truncated: bytes > limit };
}
