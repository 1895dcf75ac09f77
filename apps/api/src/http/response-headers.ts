import type { FastifyReply, FastifyRequest } from 'fastify';

/** Answers are data. A browser that is made to show one shall run, load and embed nothing of it. */
const DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What Swagger UI needs: its own scripts, the styles that it writes into its elements, and calls to this api. */
const DOCS_POLICY = `${DATA_POLICY}; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'`;

const DOCS = /^\/docs(?:[/?]|$)/;

/** A hook that sets what differs between data and documentation. The rest, `useSecurityHeaders` sets for both alike. */
export function guardAnswer({ url }: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const isDocumentation = DOCS.test(url);
  reply.header('content-security-policy', isDocumentation ? DOCS_POLICY : DATA_POLICY);
  if (!isDocumentation) reply.header('cache-control', 'no-store');
  done();
}
