import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

interface KnownPath {
  readonly form: RegExp;
  readonly methods: Set<string>;
}

/** Which methods each path knows, so that a wrong method is told from a wrong path. */
export class KnownMethods {
  private readonly paths = new Map<string, KnownPath>();

  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRoute', ({ method, url }) => {
      const known = this.paths.get(url) ?? { form: formOf(url), methods: new Set(['OPTIONS']) };
      for (const each of [method].flat()) known.methods.add(each);
      this.paths.set(url, known);
    });
  }

  /** @returns the methods of the path that a URL names; none if there is no such path */
  of(url: string): readonly string[] {
    const path = url.split('?', 1)[0] ?? '';
    const found = [...this.paths.values()].filter(({ form }) => form.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
  }

  /** What a request gets that no route took: the methods that there are, or that there is nothing. */
  problemOf({ method, url }: Pick<FastifyRequest, 'method' | 'url'>): Problem {
    const allow = this.of(url).join(', ');
    if (allow === '') return new Problem('not-found', 'No such route. What there is, /docs shows.');
    return new Problem('method-not-allowed', `${method} is not possible here; ${allow} are.`, { headers: { allow } });
  }
}

/** A wildcard matches everything, so it tells nothing: static files are left out. */
function formOf(url: string): RegExp {
  if (url.includes('*')) return /$^/;
  const steps = url.split('/').map((step) => (step.startsWith(':') ? '[^/]+' : step.replaceAll('.', '\\.')));
  return new RegExp(`^${steps.join('/')}/?$`);
}
