import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { documentApi } from './documentation/openapi.ts';
import { traceRequests } from './http/request-traces.ts';
import { measureRequests } from './http/request-times.ts';

/** Higher levels take several times as long for a few percent. */
const BROTLI_LEVEL = 1;
const GZIP_LEVEL = 3;
const COMPRESSED_FROM_BYTES = 1024;
/**
 * Up to here an answer is compressed in one call, at most two milliseconds of it: a page of 200 jobs, a workflow of 1,000.
 * In a stream every piece of it goes to another thread and back, and waits there for a processor.
 */
const COMPRESSED_AT_ONCE_BYTES = 512 * 1024;

/** Before the port opens: what is set on the application and not in a module. */
export async function prepareApi(app: NestFastifyApplication): Promise<void> {
  app.useSecurityHeaders({ contentSecurityPolicy: false, xFrameOptions: { action: 'deny' } });
  await app.register(compress, {
    globalDecompression: false,
    threshold: COMPRESSED_FROM_BYTES,
    syncThreshold: COMPRESSED_AT_ONCE_BYTES,
    encodings: ['br', 'gzip'],
    zlibOptions: { level: GZIP_LEVEL },
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_LEVEL } },
  });
  measureRequests(app);
  traceRequests(app);
  documentApi(app);
}
