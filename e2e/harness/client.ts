import { SignJWT } from 'jose';
import { until } from './until.ts';

export interface JobView {
  readonly id: string;
  readonly state: string;
  readonly attempt: number;
  readonly fence: number;
  readonly runAt: string;
  readonly startedAt: string | null;
  readonly result: unknown;
  readonly error: { readonly name: string; readonly message: string } | null;
  readonly progress: unknown;
  readonly workerId: string | null;
  readonly failures: readonly {
    readonly kind: string;
    readonly attempt: number;
    readonly error: { readonly message: string };
  }[];
}

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export const JWT_SECRET = 'a-secret-for-the-end-to-end-tests-alone';
const FINISHED = ['succeeded', 'dead', 'cancelled', 'expired'];

/** A caller of the REST API, with a token that may read and write jobs. */
export class Client {
  private readonly url: string;
  private readonly token: string;

  private constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  static async of(url: string, tenant = 'default'): Promise<Client> {
    return new Client(url, await tokenOf(tenant));
  }

  /** What every call bears. */
  get authorization(): { authorization: string } {
    return { authorization: `Bearer ${this.token}` };
  }

  /** The same caller at another address. */
  at(url: string): Client {
    return new Client(url, this.token);
  }

  async call<Body>(
    method: string,
    path: string,
    body?: unknown,
    { headers = {}, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...(signal === undefined ? {} : { signal }),
      headers: {
        ...headers,
        ...this.authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as Body,
    };
  }

  /** Submits a job and expects it to be accepted. */
  async submit(job: object): Promise<JobView> {
    const { status, body } = await this.call<JobView>('POST', '/v1/jobs', job);
    if (status !== 201) throw new Error(`not accepted: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** @returns the ids, in the order of the jobs */
  async submitBatch(jobs: readonly object[]): Promise<string[]> {
    const { status, body } = await this.call<{ items: { id: string }[] }>('POST', '/v1/jobs/batch', { jobs });
    if (status !== 201) throw new Error(`not accepted: ${status} ${JSON.stringify(body)}`);
    return body.items.map(({ id }) => id);
  }

  async read(id: string): Promise<JobView> {
    return (await this.call<JobView>('GET', `/v1/jobs/${id}`)).body;
  }

  async untilState(id: string, states: string | readonly string[], withinMs = 30_000): Promise<JobView> {
    let job = await this.read(id);
    const reached = async (): Promise<boolean> => states.includes((job = await this.read(id)).state);
    await until(`job ${id} is ${String(states)}, not ${job.state}`, reached, withinMs);
    return job;
  }

  async untilFinished(id: string, withinMs = 30_000): Promise<JobView> {
    return this.untilState(id, FINISHED, withinMs);
  }
}

function tokenOf(tenant: string): Promise<string> {
  return new SignJWT({ scope: 'jobs:read jobs:write jobs:admin', tenant })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject('e2e')
    .setIssuer('holdfast')
    .setAudience('holdfast')
    .setIssuedAt('1 hour ago') // the clock of a program may be minutes behind, and it takes no token from its future
    .setExpirationTime('12h')
    .sign(new TextEncoder().encode(JWT_SECRET));
}
