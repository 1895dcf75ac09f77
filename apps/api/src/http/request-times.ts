import { Metrics } from '@holdfast/runtime';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

const BUCKETS = [0.005, 0.025, 0.1, 0.5, 2.5, 10];
const NO_ROUTE = 'none';

/** Measures every request by its route, never by its path, of which there is no end. */
export function measureRequests(app: NestFastifyApplication): void {
  const metrics = app.get(Metrics);
  const times = metrics.histogram(
    'holdfast_http_request_seconds',
    'How long requests took to be answered, by route',
    BUCKETS,
    'route',
  );
  const answers = metrics.counter('holdfast_http_answers_total', 'Answers by status', 'status');
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onResponse', (request, reply, done) => {
    const { url } = request.routeOptions;
    const route = request.is404 || url === undefined ? NO_ROUTE : `${request.method} ${url}`;
    times.of(route).observe(reply.elapsedTime / 1_000);
    answers.inc({ status: reply.statusCode });
    done();
  });
}
