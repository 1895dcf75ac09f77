import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { complete } from './complete.ts';
import { toOpenApi } from './schema-converter.ts';

const DESCRIPTION = `Durable background jobs. A job that was answered with 201 is stored and will run at least once.

Press *Authorize* and paste a token; \`npm run token\` makes one in development. Every error is an
\`application/problem+json\` document (RFC 9457) with a \`code\` for programs and a \`detail\` for people. Every answer bears an
\`X-Request-Id\`, and \`RateLimit-*\` if the request counts against its token's rate. HEAD is answered like GET, OPTIONS with \`Allow\`, and a method
that a path does not have with 405 and \`Allow\`. Parameters and fields that an operation does not list are refused; \`Idempotency-Key\` and \`If-Match\` count where
they are listed, and are ignored elsewhere.

Lists of jobs go by id, from the highest: ids that are made for you are UUIDs of version 7, so those are the newest, and an id of your own stands where it sorts.
Finished jobs are kept for a week, dead ones for 90 days, unless configured otherwise; then they are not found (404).

Unless configured otherwise a body has at most 1 MiB, of a batch or workflow 8 MiB; payloads are nested at most 20 deep. Numbers are those of
JSON in JavaScript: whole ones are exact up to 2^53, and what must be longer goes into a string.
This document is at \`/openapi.json\`. Fields with a default may be left out of a request; generators that make them
required have an option for that, such as \`--default-non-nullable=false\` of openapi-typescript.
Names, enums and fields may be added within version 1; nothing is taken away.`;

const TAGS: Readonly<Record<string, string>> = {
  jobs: 'Submit work, follow it, change it',
  events: 'Follow what happens',
  'dead letters': 'Jobs that failed for good',
  queues: 'What waits where',
  schedules: 'Submit jobs again and again, and see what became of each tick',
  workflows: 'Jobs that wait for one another, as a whole',
  workers: 'Who runs jobs',
  statistics: 'Totals and rates',
  system: 'How the system itself is',
};

/** Swagger UI at /docs, the document at /openapi.json. */
export function documentApi(app: INestApplication): void {
  const create = (): OpenAPIObject =>
    complete(SwaggerModule.createDocument(app, configuration(), { standardSchemaConverter: toOpenApi }));
  SwaggerModule.setup('docs', app, create, {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Holdfast',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true },
  });
}

function configuration(): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Holdfast')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'The api that serves this document')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' });
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  return builder.build();
}
