import { hostname } from 'node:os';
import {
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as OtelSpan,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
  type Resource,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { TracingOptions } from '../configuration/tracing-settings.ts';
import { endsWithin } from '../lifecycle/patience.ts';
import { reportTroubles } from './export-troubles.ts';
import { exporterFor } from './exporters.ts';
import { OutgoingCalls } from './outgoing-calls.ts';
import { samplerOf } from './samplers.ts';
import { toSpanContext, toTraceparent } from './trace-context.ts';
import { Tracing, type Attributes, type Span, type SpanOptions } from './tracing.ts';

const KINDS = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
  internal: SpanKind.INTERNAL,
} as const;
/** A collector that hangs holds up no stop. */
const GOODBYE_MS = 3_000;
/** A batch has a thousand jobs; SDKs keep fewer unless told. */
const SPAN_LIMITS = { linkCountLimit: 1_000 };

/** Sends spans to an OpenTelemetry collector, and lets handlers that use OpenTelemetry themselves add their own. */
export class OtlpTracing extends Tracing {
  readonly isOn = true;
  private readonly calls = new OutgoingCalls();

  private constructor(private readonly provider: TracerProvider) {
    super();
  }

  static async open(program: string, options: TracingOptions): Promise<OtlpTracing> {
    reportTroubles();
    const { protocol, sampler, sampleRatio, exportEveryMs } = options;
    const exporter = await exporterFor(protocol);
    const provider = new TracerProvider({
      resource: resourceOf(program),
      sampler: samplerOf(sampler, sampleRatio),
      spanLimits: SPAN_LIMITS,
      spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: exportEveryMs })],
    });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    trace.setGlobalTracerProvider(provider);
    const tracing = new OtlpTracing(provider);
    tracing.calls.watch(tracing);
    return tracing;
  }

  start(name: string, { kind, parent, links = [], attributes = {}, startedAt }: SpanOptions): Span {
    const options = {
      kind: KINDS[kind],
      attributes,
      links: [...new Set(links)].flatMap((link) => toSpanContext(link) ?? []).map((linked) => ({ context: linked })),
      ...(startedAt === undefined ? {} : { startTime: startedAt }),
    };
    return new OtlpSpan(this.provider.getTracer('holdfast').startSpan(name, options, contextOf(parent)));
  }

  within<T>(traceparent: string | undefined, work: () => T): T {
    return context.with(contextOf(traceparent), work);
  }

  async onApplicationShutdown(): Promise<void> {
    this.calls.stop();
    for (const registered of [context, propagation, trace]) registered.disable();
    await endsWithin(
      GOODBYE_MS,
      this.provider.shutdown().catch(() => undefined),
    );
  }
}

/** OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, read by the SDK, win over what a program calls itself. */
function resourceOf(program: string): Resource {
  const own = { 'service.name': `holdfast-${program}`, 'service.instance.id': `${hostname()}:${process.pid}` };
  return defaultResource()
    .merge(resourceFromAttributes(own))
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }));
}

class OtlpSpan implements Span {
  constructor(private readonly span: OtelSpan) {}

  get traceparent(): string {
    return toTraceparent(this.span.spanContext());
  }

  set(attributes: Attributes): void {
    this.span.setAttributes(attributes);
  }

  fail(reason: string): void {
    this.span.setStatus({ code: SpanStatusCode.ERROR, message: reason });
  }

  end(at?: number): void {
    this.span.end(at);
  }
}

function contextOf(traceparent: string | undefined): Context {
  const parent = toSpanContext(traceparent);
  return parent ? trace.setSpanContext(context.active(), parent) : trace.deleteSpan(context.active());
}
