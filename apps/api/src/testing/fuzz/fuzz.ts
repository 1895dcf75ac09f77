import { request, type Agent, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { Chance } from './chance.ts';
import { Requests, type ApiDocument, type FuzzRequest } from './requests.ts';

export interface FuzzOptions {
  readonly url: string;
  readonly token: string;
  readonly document: ApiDocument;
  readonly seed: number;
  readonly requests: number;
  readonly agent: Agent;
}

export interface FuzzReport {
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What no answer may be, with the request that led to it. */
  readonly faults: readonly string[];
}

const CALLERS = 8;
/** Some answers wait for something, and some go on for ever. */
const PATIENCE_MS = 2_000;
const INSIDES = /node_modules|\.[jt]s:\d+|\bER_[A-Z]+|SQLSTATE|SELECT .* FROM|ECONN|ioredis|mysql2/;
const IDS_KEPT = 200;

/** Sends what could come, and looks at what is answered. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const requests = new Requests(options.document, new Chance(options.seed));
  const statuses: Record<string, number> = {};
  const faults: string[] = [];
  const ids: string[] = [];
  let left = options.requests;
  const call = async (): Promise<void> => {
    while (left-- > 0) {
      const sent = requests.next(ids, options.token);
      const answer = await send(sent, options);
      const fault = faultOf(answer);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      if (fault !== undefined)
        faults.push(`${fault}: ${JSON.stringify(sent).slice(0, 2_000)} → ${answer.body.slice(0, 500)}`);
      const id = /^\/v1\/jobs\/([0-9a-f-]{36})$/.exec(answer.location)?.[1];
      if (id !== undefined) ids[ids.length < IDS_KEPT ? ids.length : left % IDS_KEPT] = id;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, call));
  return { statuses, faults };
}

interface FuzzAnswer {
  readonly status: number;
  readonly type: string;
  readonly location: string;
  readonly body: string;
}

async function send({ method, path, headers, body }: FuzzRequest, { url, agent }: FuzzOptions): Promise<FuzzAnswer> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const sent = request(`${url}${path}`, { method, headers, agent, signal });
  sent.on('error', () => undefined);
  const hasBody = method !== 'GET' && method !== 'HEAD' && body !== undefined;
  sent.end(hasBody ? body : undefined);
  try {
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const { statusCode: status = 0, headers: answered } = answer;
    return {
      status,
      type: answered['content-type'] ?? '',
      location: answered.location ?? '',
      body: await read(answer),
    };
  } catch (error) {
    return { status: signal.aborted ? WAITED : 0, type: '', location: '', body: String(error) };
  }
}

/** Not a status: the answer had not come, or not ended, by the time that nobody waited any more. */
const WAITED = 1;

async function read(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer) chunks.push(chunk as Buffer);
  } catch {
    // A stream that goes on for ever was cut.
  }
  return Buffer.concat(chunks).toString();
}

function faultOf({ status, type, body }: FuzzAnswer): string | undefined {
  if (status === WAITED) return undefined;
  if (status === 0) return 'no answer';
  if (status >= 500) return `status ${status}`;
  if (status >= 400 && body !== '' && !type.startsWith('application/problem+json'))
    return `${status} is no problem document`;
  return status >= 400 && INSIDES.test(body) ? 'shows its insides' : undefined;
}
