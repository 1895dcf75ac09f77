import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ProblemDocument } from './problem-answers.ts';
import { toOpenApi } from './schema-converter.ts';

const DESCRIPTION = `Durable background jobs. A job that was answered with 201 is stored and will run at least once.

Press *Authorize* and paste a token; \`npm run token\` makes one in development. Every error is an
\`application/problem+json\` document with a \`code\` for programs and a \`detail\` for people.`;

/** Swagger UI at /docs, the document at /openapi.json. */
export function documentApi(app: INestApplication): void {
  const configuration = new DocumentBuilder()
    .setTitle('Holdfast')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .build();
  const create = (): OpenAPIObject => {
    const document = SwaggerModule.createDocument(app, configuration, { standardSchemaConverter: toOpenApi });
    const { schema } = toOpenApi(ProblemDocument, { schemaType: 'output' });
    return {
      ...document,
      components: { ...document.components, schemas: { ...document.components?.schemas, Problem: schema } },
    };
  };
  SwaggerModule.setup('docs', app, create, {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Holdfast',
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true },
  });
}
