import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { parseConfiguration } from './configuration.ts';
import { TRACING_SETTINGS, tracingOptions, type TracingOptions } from './tracing-settings.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

function optionsOf(environment: Record<string, string>): TracingOptions | undefined {
  return tracingOptions(parseConfiguration(z.object(TRACING_SETTINGS), environment));
}

describe('traces', () => {
  it.each([
    ['nothing says where they go to', {}],
    ['the SDK is disabled', { ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }],
    ['there is no exporter', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
  ])('are off when %s', (_, environment) => {
    expect(optionsOf(environment)).toBeUndefined();
  });

  it('are on when it is said where they go to, and follow the standard variables', () => {
    const fallbacks = { protocol: 'http/protobuf', sampler: 'parentbased_always_on', exportEveryMs: 5_000 };
    expect(optionsOf(ENDPOINT)).toMatchObject(fallbacks);
    expect(optionsOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/v1/traces' })).toMatchObject(fallbacks);
    const chosen = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
    expect(optionsOf({ ...ENDPOINT, ...chosen })).toMatchObject({
      sampler: 'parentbased_traceidratio',
      sampleRatio: 0.25,
    });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ])('are not guessed at: %s=%s is refused', (name, value) => {
    expect(() => optionsOf({ ...ENDPOINT, [name]: value })).toThrow(name);
  });
});
