import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { makeToken } from './tokens.ts';

export interface ReceivedEvent {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly data: Record<string, unknown>;
}

interface Options {
  readonly query?: string;
  readonly last?: string;
  readonly tenant?: string;
  readonly expiresIn?: number;
}

/** Reads a stream of events as browsers do, on a connection of its own. */
export class EventReader {
  /** Everything that came so far, as it came. */
  text = '';
  readonly ended: Promise<'ended' | 'cut'>;
  private rest = '';
  private readonly blocks: ReceivedEvent[] = [];
  private cameSince = Promise.withResolvers<undefined>();

  private constructor(readonly answer: IncomingMessage) {
    answer.setEncoding('utf8').on('data', (text: string) => this.take(text));
    const gone = (): 'ended' | 'cut' => (answer.complete ? 'ended' : 'cut');
    this.ended = once(answer, 'close').then(gone, gone);
  }

  static async open(url: string, { query = '', last, tenant = 'default', expiresIn = 3_600 }: Options = {}) {
    const exp = Math.floor(Date.now() / 1_000) + expiresIn;
    const authorization = `Bearer ${await makeToken({ tenant, exp })}`;
    const headers = {
      authorization,
      'accept-encoding': 'br, gzip',
      ...(last !== undefined && { 'last-event-id': last }),
    };
    const [answer] = (await once(get(`${url}/v1/events${query}`, { headers, agent: false }), 'response')) as [
      IncomingMessage,
    ];
    const reader = new EventReader(answer);
    await reader.until(() => reader.blocks.length > 0);
    return reader;
  }

  /** What a browser would send as Last-Event-ID. */
  get lastId(): string | undefined {
    return this.blocks.findLast(({ id }) => id !== undefined)?.id;
  }

  get events(): ReceivedEvent[] {
    return this.blocks.filter(({ name }) => name !== undefined);
  }

  /** What happened, in order. */
  get told(): unknown[] {
    return this.events.map(({ name, data }) => (name === 'reset' ? data['reason'] : data['event']));
  }

  /** Fails by the time-out of its test. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.cameSince.promise;
  }

  async untilTold(n: number): Promise<unknown[]> {
    await this.until(() => this.told.length >= n);
    return this.told;
  }

  close(): void {
    this.answer.destroy();
  }

  private take(text: string): void {
    this.text += text;
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop() ?? '';
    this.blocks.push(...blocks.map(parse));
    this.cameSince.resolve(undefined);
    this.cameSince = Promise.withResolvers();
  }
}

function parse(block: string): ReceivedEvent {
  const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]));
  const data = JSON.parse(fields.get('data') ?? '{}') as Record<string, unknown>;
  return { id: fields.get('id'), name: fields.get('event'), data };
}
