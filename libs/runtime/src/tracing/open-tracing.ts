import type { TracingOptions } from '../configuration/tracing-settings.ts';
import { Tracing, UNTRACED } from './tracing.ts';

/** OpenTelemetry is loaded only where somebody wants traces: it takes a tenth of a second and some megabytes. */
export async function openTracing(program: string, options: TracingOptions | undefined): Promise<Tracing> {
  if (!options) return UNTRACED;
  const { OtlpTracing } = await import('./otlp-tracing.ts');
  return OtlpTracing.open(program, options);
}
