import { z } from 'zod';
import { flag, integer } from './settings.ts';

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
const oneOf = (names: readonly string[]): string => `must be one of ${names.join(', ')}`;
const address = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional();

/** The standard variables of OpenTelemetry that decide something here; those of the exporter it reads itself. */
export const TRACING_SETTINGS = {
  OTEL_EXPORTER_OTLP_ENDPOINT: address,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address,
  OTEL_EXPORTER_OTLP_PROTOCOL: z.enum(PROTOCOLS, oneOf(PROTOCOLS)).default('http/protobuf'),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none'], oneOf(['otlp', 'none'])).default('otlp'),
  OTEL_SDK_DISABLED: flag(false),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: z.string().optional(),
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS, oneOf(SAMPLERS)).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(?:0(?:\.\d+)?|1(?:\.0+)?)$/, 'must be a number from 0 to 1')
    .default('1'),
  OTEL_BSP_SCHEDULE_DELAY: integer(5_000, 1, 600_000),
} as const;

export interface TracingOptions {
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly sampler: (typeof SAMPLERS)[number];
  /** 0 to 1: which share of new traces is kept, for the samplers of ratios. */
  readonly sampleRatio: number;
  readonly exportEveryMs: number;
}

/** @returns undefined unless it is said where traces go to */
export function tracingOptions(settings: z.output<z.ZodObject<typeof TRACING_SETTINGS>>): TracingOptions | undefined {
  const endpoint = settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined || settings.OTEL_SDK_DISABLED || settings.OTEL_TRACES_EXPORTER === 'none')
    return undefined;
  return {
    protocol: settings.OTEL_EXPORTER_OTLP_PROTOCOL,
    sampler: settings.OTEL_TRACES_SAMPLER,
    sampleRatio: Number(settings.OTEL_TRACES_SAMPLER_ARG),
    exportEveryMs: settings.OTEL_BSP_SCHEDULE_DELAY,
  };
}
