import { JOB_LIMITS } from '@holdfast/domain';
import type { Answer } from './exchange.ts';

export interface HttpResult {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed if it is JSON, else text; base64 if it is neither; null if it is empty. */
  readonly body: unknown;
  readonly bodyEncoding?: 'base64';
  readonly truncated: boolean;
}

/** A little less than a result may have. */
const RESULT_BYTES = JOB_LIMITS.resultBytes - 4 * 1024;
const HEADER_LENGTH = 512;

/** All others may carry secrets, or nothing that a job's result is read for. */
const KEPT_HEADERS = ['content-type', 'content-encoding', 'etag', 'last-modified', 'location', 'x-request-id'] as const;

/** What is kept of an answer, so that it always fits into a job's result. */
export function resultOf(answer: Answer): HttpResult {
  const { status } = answer;
  const headers = keptHeaders(answer);
  if (answer.body.length === 0) return { status, headers, body: null, truncated: answer.truncated };
  const room = RESULT_BYTES - sizeOf({ status, headers, body: '', bodyEncoding: 'base64', truncated: false });
  const text = asText(answer);
  if (text === undefined) return { status, headers, bodyEncoding: 'base64', ...base64Within(room, answer) };
  const parsed = answer.truncated ? undefined : asJson(text, headers['content-type']);
  if (parsed !== undefined && sizeOf(parsed) <= room) return { status, headers, body: parsed, truncated: false };
  const body = textWithin(room, text);
  return { status, headers, body, truncated: answer.truncated || body.length < text.length };
}

function keptHeaders({ headers }: Answer): Record<string, string> {
  return Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value.slice(0, HEADER_LENGTH)]] : [];
    }),
  );
}

function asText({ body, headers, truncated }: Answer): string | undefined {
  if (![undefined, 'identity'].includes(headers['content-encoding'])) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body, { stream: truncated });
  } catch {
    return undefined;
  }
}

function base64Within(room: number, { body, truncated }: Answer): { body: string; truncated: boolean } {
  const kept = body.subarray(0, Math.floor(room / 4) * 3);
  return { body: kept.toString('base64'), truncated: truncated || kept.length < body.length };
}

/** Whatever is nested deeper than a payload may be stays text: whoever reads the result later need not survive it. */
function asJson(text: string, contentType = ''): unknown {
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test(contentType)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isWithinDepth(value, JOB_LIMITS.payloadDepth) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isWithinDepth(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isWithinDepth(inner, depth - 1));
}

/** Characters take from one to six bytes as JSON, so that the right length is found by halving. */
function textWithin(room: number, text: string): string {
  if (sizeOf(text) - 2 <= room) return text;
  let [fits, over] = [0, text.length];
  while (over - fits > 1) {
    const middle = (fits + over) >> 1;
    if (sizeOf(text.slice(0, middle)) - 2 <= room) fits = middle;
    else over = middle;
  }
  return text.slice(0, fits).toWellFormed();
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
