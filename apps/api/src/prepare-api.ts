import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { documentApi } from './documentation/openapi.ts';

/** Before the port opens: what is set on the application and not in a module. */
export function prepareApi(app: NestFastifyApplication): void {
  app.useSecurityHeaders({
    // Without TLS in front, upgrading would keep Swagger UI from its own scripts.
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  });
  documentApi(app);
}
