import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../servers/paths.ts';

export const FOLDER = path.join(ROOT, 'deploy', 'k8s');
export const OVERLAYS = ['development', 'production', 'production-hpa', 'production-groups'] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** A Kubernetes object, as far as anybody here looks into it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

export function renderedFile(overlay: Overlay): string {
  return path.join(FOLDER, 'rendered', `${overlay}.yaml`);
}

/** First line of a rendered file: what it was rendered from, so that a stale one is noticed where there is no kubectl. */
export function headerOf(sources: string): string {
  return `# Rendered by \`npm run kubernetes\` from sources ${sources}; do not edit.\n`;
}

/** A digest of every file that rendering reads. */
export function digestOfSources(): string {
  const hash = createHash('sha256');
  for (const folder of ['base', 'components', 'overlays', 'worker']) {
    const files = readdirSync(path.join(FOLDER, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.yaml')).sort()) {
      hash.update(`${folder}/${file}\n${readFileSync(path.join(FOLDER, folder, file), 'utf8')}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** @throws Error where the YAML is none */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text, { uniqueKeys: true }).map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJS() as Manifest;
  });
}
