import { Problem } from '../http/problem.ts';

/** One answer for every reason, so that nothing is learned by trying. */
export function unauthenticated(): Problem {
  return new Problem('unauthenticated', 'Send a valid token: "Authorization: Bearer <token>".', {
    headers: { 'www-authenticate': 'Bearer realm="holdfast"' },
  });
}
