import { z } from 'zod';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** A request as the handler sends it: header names in lower case, the body as text. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: (typeof METHODS)[number];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const MAX_HEADERS = 50;
const MAX_HEADER_LENGTH = 4096;

/** Ours to say, or the connection's. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'holdfast-attempt',
  'holdfast-fence',
  'host',
  'idempotency-key',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

const Url = z
  .string()
  .max(8192)
  .transform((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '') return url;
    context.addIssue('must be an http or https URL without user name and password');
    return z.NEVER;
  });

const Headers = z.record(z.string(), z.string()).transform((headers, context) => {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const faults = entries.map(([name, value]) => headerFault(name, value)).filter((fault) => fault !== undefined);
  if (entries.length > MAX_HEADERS) faults.push(`must be at most ${MAX_HEADERS} headers`);
  if (new Set(entries.map(([name]) => name)).size < entries.length) faults.push('names a header twice');
  for (const fault of faults) context.addIssue(fault);
  return Object.fromEntries(entries);
});

/**
 * The payload of `http.request`. Without a method it is GET, with a body POST. A body that is a string is sent as it
 * is, anything else as JSON.
 */
export const HttpRequestPayload = z
  .strictObject({
    url: Url,
    method: z.string().toUpperCase().pipe(z.enum(METHODS)).optional(),
    headers: Headers.default({}),
    body: z.json().optional(),
  })
  .transform(({ url, method, headers, body }, context): HttpRequest => {
    const chosen = method ?? (body === undefined ? 'GET' : 'POST');
    if (body !== undefined && (chosen === 'GET' || chosen === 'HEAD')) context.addIssue(`a ${chosen} has no body`);
    const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return {
      url,
      method: chosen,
      headers: body === undefined ? headers : { 'content-type': type, ...headers },
      body: text,
    };
  });

function headerFault(name: string, value: string): string | undefined {
  if (!/^[!#$%&'*+.^`|~\w-]{1,128}$/.test(name)) return 'has a name that is no header name';
  if (RESERVED_HEADERS.has(name)) return `may not set ${name}`;
  if (value.length > MAX_HEADER_LENGTH) return `has more than ${MAX_HEADER_LENGTH} characters in ${name}`;
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? undefined : `has a character in ${name} that no header may have`;
}
