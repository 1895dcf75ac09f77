import type { JWTPayload } from 'jose';
import { makeToken } from './tokens.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface Call {
  readonly body?: unknown;
  /** Sent as it is, instead of a body. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
  readonly token?: string;
}

/** Calls the api as its users do. */
export class Client {
  private constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  static async of(url: string, claims: JWTPayload = {}): Promise<Client> {
    return new Client(url, await makeToken(claims));
  }

  get(path: string, call: Call = {}): Promise<Answer> {
    return this.call('GET', path, call);
  }

  post(path: string, body?: unknown, call: Call = {}): Promise<Answer> {
    return this.call('POST', path, body === undefined ? call : { ...call, body });
  }

  /** Under a key that others use at the same time: comes back when told to, which nobody is before a second is over. */
  async insist(path: string, body: unknown, key: string): Promise<Answer> {
    for (;;) {
      const askedAt = performance.now();
      const answer = await this.post(path, body, { headers: { 'idempotency-key': key } });
      if (answer.body['code'] !== 'key-under-way') return answer;
      if (performance.now() - askedAt < 950) throw new Error('was told to come back before a second was over');
    }
  }

  async call(method: string, path: string, { body, raw, headers, token = this.token }: Call = {}): Promise<Answer> {
    const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token !== '' && { authorization: `Bearer ${token}` }),
        ...(text !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text !== undefined && { body: text }),
    });
    const answered = await answer.text();
    return { status: answer.status, headers: answer.headers, body: parse(answered) };
  }
}

function parse(text: string): Record<string, unknown> {
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
