import { Problem } from '../http/problem.ts';

/** One answer for every token that is not good, so that nothing is learned by trying. */
export function unauthenticated(error?: 'invalid_token'): Problem {
  return new Problem('unauthenticated', 'Send a valid token: "Authorization: Bearer <token>".', {
    headers: { 'www-authenticate': `Bearer realm="holdfast"${error ? `, error="${error}"` : ''}` },
  });
}
