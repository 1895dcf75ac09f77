import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { OtlpTracing } from './otlp-tracing.ts';

const OPTIONS = { protocol: 'http/protobuf', sampler: 'always_on', sampleRatio: 1, exportEveryMs: 600_000 } as const;
const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';

describe('traces', () => {
  afterEach(() => {
    Reflect.deleteProperty(process.env, ENDPOINT);
  });

  it('go out before a program ends, as protobuf unless asked otherwise', async () => {
    const collector = createServer((_, response) => void response.end());
    await once(collector.listen(0, '127.0.0.1'), 'listening');
    const arrival = once(collector, 'request') as Promise<[IncomingMessage]>;
    process.env[ENDPOINT] = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    const tracing = await OtlpTracing.open('api', OPTIONS);
    tracing.start('something', { kind: 'internal' }).end();
    await tracing.onApplicationShutdown();
    const [{ url, headers }] = await arrival;
    expect([url, headers['content-type']]).toEqual(['/v1/traces', 'application/x-protobuf']);
    collector.close();
  });

  it('hold up no stop while the collector is away', async () => {
    process.env[ENDPOINT] = 'http://127.0.0.1:1';
    const tracing = await OtlpTracing.open('api', OPTIONS);
    const span = tracing.start('something', { kind: 'internal' });
    expect(span.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    span.end();
    await expect(tracing.onApplicationShutdown()).resolves.toBeUndefined(); // by then the exporter still tries again
  });
});
