import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { TracingOptions } from '../configuration/tracing-settings.ts';

/** Where it sends, with which headers, time-outs and certificates, it reads from the OTEL_EXPORTER_OTLP_ variables itself. */
export async function exporterFor(protocol: TracingOptions['protocol']): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter();
}
