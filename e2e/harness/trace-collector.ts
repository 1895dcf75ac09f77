import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './until.ts';

export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it begins its trace. */
  readonly parentSpanId: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly failed: boolean;
  /** Nanoseconds since the epoch. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  /** Span ids. */
  readonly links: readonly string[];
}

interface Value {
  readonly stringValue?: string;
  readonly intValue?: number | string;
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { readonly key: string; readonly value: Value }[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Value }[];
  readonly status?: { readonly code?: number };
  readonly links?: readonly { readonly spanId: string }[];
}

const FAILED = 2;

/** A real OTLP/HTTP receiver, which keeps the spans that come as JSON; and a service that calls go to, which keeps their headers. */
export class TraceCollector {
  readonly spans: CollectedSpan[] = [];
  /** What came, by its path. */
  readonly requests = new Map<string, IncomingHttpHeaders>();

  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(): Promise<TraceCollector> {
    const server = createServer();
    const collector = new TraceCollector(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        collector.take(request.url ?? '', request.headers, Buffer.concat(chunks));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /**
   * The spans of a trace in the order in which they ended, each after its parent, once there are so many of them. Not
   * as they began: a wait begins by MySQL's clock, which a worker knows to a few milliseconds.
   */
  async trace(traceId: string, size: number): Promise<CollectedSpan[]> {
    const found = (): CollectedSpan[] => this.spans.filter((span) => span.traceId === traceId);
    await until(`trace ${traceId} has ${size} spans`, () => found().length >= size, 30_000);
    const ended = found().sort((a, b) => Number(a.end - b.end));
    const isRoot = ({ parentSpanId }: CollectedSpan): boolean => !ended.some(({ spanId }) => spanId === parentSpanId);
    const withChildren = (span: CollectedSpan): CollectedSpan[] => [
      span,
      ...ended.filter(({ parentSpanId }) => parentSpanId === span.spanId).flatMap(withChildren),
    ];
    return ended.filter(isRoot).flatMap(withChildren);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private take(path: string, headers: IncomingHttpHeaders, body: Buffer): void {
    this.requests.set(path, headers);
    if (path !== '/v1/traces' || headers['content-type'] !== 'application/json') return;
    for (const { resource, scopeSpans } of (JSON.parse(body.toString()) as Sent).resourceSpans) {
      const service = String(valuesOf(resource.attributes)['service.name']);
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans).map((span) => toCollected(span, service)));
    }
  }
}

function toCollected(span: SentSpan, service: string): CollectedSpan {
  const { name, traceId, spanId, parentSpanId = '', kind, status, links = [] } = span;
  return {
    ...{ service, name, traceId, spanId, parentSpanId, kind },
    failed: status?.code === FAILED,
    start: BigInt(span.startTimeUnixNano),
    end: BigInt(span.endTimeUnixNano),
    attributes: valuesOf(span.attributes),
    links: links.map((link) => link.spanId),
  };
}

function valuesOf(
  attributes: readonly { readonly key: string; readonly value: Value }[],
): Record<string, string | number | undefined> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));
}
