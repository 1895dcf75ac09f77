import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from './harness/cluster.ts';
import { WITH_TRIAL_HANDLERS } from './harness/program.ts';
import { TraceCollector, type CollectedSpan } from './harness/trace-collector.ts';
import { until } from './harness/until.ts';

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const SETTINGS = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_BSP_SCHEDULE_DELAY: '100' };

describe('traces, sent to a collector', () => {
  let collector: TraceCollector;
  let cluster: Cluster;

  beforeAll(async () => {
    collector = await TraceCollector.start();
    const settings = { ...SETTINGS, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, HTTP_ALLOW_PRIVATE: 'true' };
    cluster = await Cluster.start({ workers: 0, settings });
    await cluster.add('worker', 1, {}, WITH_TRIAL_HANDLERS);
  });

  afterAll(async () => {
    await cluster.stop();
    collector.close();
  });

  const submit = async (job: object, parent = CALLER.spanId, traceId = CALLER.traceId): Promise<string> => {
    const headers = { traceparent: `00-${traceId}-${parent}-01` };
    const { body } = await cluster.client.call<{ id: string }>('POST', '/v1/jobs', job, { headers });
    return body.id;
  };

  it('show request, wait, attempt 1 failing, wait and attempt 2 succeeding in one', async () => {
    const backoff = { strategy: 'fixed', delay: '200ms', jitter: 0 };
    const id = await submit({ type: 'flaky', payload: { failures: 1 }, backoff });
    const spans = await collector.trace(CALLER.traceId, 5);
    expect(spans.map(({ service, name, kind, failed }) => [service, name, kind, failed])).toEqual([
      ['holdfast-api', 'POST /v1/jobs', 2, false],
      ['holdfast-worker', 'wait', 1, false],
      ['holdfast-worker', 'attempt flaky', 5, true],
      ['holdfast-worker', 'wait', 1, false],
      ['holdfast-worker', 'attempt flaky', 5, false],
    ]);
    const [request, ...rest] = spans as [CollectedSpan, ...CollectedSpan[]];
    expect(request.parentSpanId).toBe(CALLER.spanId);
    for (const span of rest) {
      expect(span.parentSpanId).toBe(request.spanId);
      expect(span.attributes).toMatchObject({ 'messaging.message.id': id, 'messaging.destination.name': 'default' });
    }
    const attempts = spans.filter(({ kind }) => kind === 5);
    expect(attempts.map(({ attributes }) => attributes['holdfast.outcome'])).toEqual(['retried', 'succeeded']);
    expect(attempts[1]?.start).toBeGreaterThan(attempts[0]?.end ?? 0n);
  });

  it('link the insert that several requests share to all of them, and make it part of none', async () => {
    const traceIds = ['1', '2', '3'].map((digit) => digit.repeat(32));
    await Promise.all(traceIds.map((traceId) => submit({ type: 'echo' }, CALLER.spanId, traceId)));
    for (const traceId of traceIds) {
      const [request] = await collector.trace(traceId, 3);
      const inserts = (): CollectedSpan[] =>
        collector.spans.filter(({ links }) => links.includes(request?.spanId ?? '?'));
      await until('the insert is told', () => inserts().length > 0, 30_000);
      expect(inserts()).toMatchObject([{ name: 'insert jobs', parentSpanId: '' }]);
      expect(traceIds).not.toContain(inserts()[0]?.traceId);
    }
  });

  it.each([
    ['the http.request handler', { type: 'http.request', payload: { method: 'GET' } }, ['/request']],
    ['handlers that know nothing of traces', { type: 'trial.call', payload: {} }, ['/fetch', '/http']],
  ])('show the calls of %s, and whoever is called can go on with them', async (_, { type, payload }, paths) => {
    const traceId = type === 'trial.call' ? '4'.repeat(32) : '5'.repeat(32);
    const url = type === 'trial.call' ? collector.url : `${collector.url}${String(paths[0])}`;
    await submit({ type, payload: { ...payload, url } }, CALLER.spanId, traceId);
    const spans = await collector.trace(traceId, 3 + paths.length);
    const attempt = spans.find(({ name }) => name === `attempt ${type}`);
    const calls = spans.filter(({ kind }) => kind === 3);
    expect(calls.map(({ name, parentSpanId }) => ({ name, parentSpanId }))).toEqual(
      paths.map(() => ({ name: 'GET', parentSpanId: attempt?.spanId })),
    );
    const received = paths.map((path) => collector.requests.get(path)?.['traceparent']);
    expect(received).toEqual(calls.map(({ spanId }) => `00-${traceId}-${spanId}-01`));
  });

  it('begin with the tick of a schedule', async () => {
    const schedule = { name: 'often', every: '1s', maxRuns: 1, job: { type: 'echo' } };
    await cluster.client.call('POST', '/v1/schedules', schedule);
    const tick = (): CollectedSpan | undefined => collector.spans.find(({ name }) => name === 'tick often');
    await until('a tick is told', () => tick() !== undefined, 30_000);
    const spans = await collector.trace(tick()?.traceId ?? '', 3);
    expect(tick()).toMatchObject({ service: 'holdfast-scheduler', kind: 4, parentSpanId: '' });
    const attempt = spans.find(({ name }) => name === 'attempt echo');
    expect(attempt).toMatchObject({ service: 'holdfast-worker', parentSpanId: tick()?.spanId });
    expect(attempt?.attributes['messaging.message.id']).toBe(tick()?.attributes['messaging.message.id']);
  });
});
