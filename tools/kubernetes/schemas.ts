import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../servers/paths.ts';
import { Problem } from '../servers/problem.ts';
import { FOLDER, type Manifest } from './overlays.ts';

const SCHEMAS = path.join(FOLDER, 'schemas');
/** Whose schemas are not in the package of Kubernetes itself. */
const PACKAGES: Readonly<Record<string, string>> = {
  'keda.sh': '@kubernetes-models/keda',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

export function installSchemas(): void {
  if (existsSync(path.join(SCHEMAS, 'node_modules', 'kubernetes-models'))) return;
  const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: SCHEMAS, encoding: 'utf8' });
  if (status !== 0) throw new Problem(`The schemas of Kubernetes cannot be installed:\n${stderr}`);
}

/** Checks values and what is required. @throws Problem naming the object and what is wrong with it */
export async function validate(manifest: Manifest): Promise<void> {
  const { apiVersion, kind, metadata } = manifest;
  const file = path.join(SCHEMAS, 'node_modules', packageOf(apiVersion), apiVersion, `${kind}.js`);
  const module = (await import(pathToFileURL(file).href)) as Record<string, new (of: Manifest) => { validate(): void }>;
  const Model = module[kind];
  if (!Model) throw new Problem(`There is no schema for ${apiVersion} ${kind}.`);
  try {
    new Model(manifest).validate();
  } catch (error) {
    throw new Problem(`${kind} ${metadata.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Finds fields that there are none of, which schemas let pass: TypeScript refuses them in literals. */
export function refuseUnknownFields(manifests: readonly Manifest[]): void {
  const folder = path.join(SCHEMAS, 'node_modules', '.checked');
  mkdirSync(folder, { recursive: true });
  const types = [...new Map(manifests.map(({ apiVersion, kind }) => [typeOf(apiVersion, kind), { apiVersion, kind }]))];
  const imports = types.map(
    ([name, { apiVersion, kind }]) =>
      `import type { I${kind} as ${name} } from '${packageOf(apiVersion)}/${apiVersion}';`,
  );
  const values = manifests.map(
    (each, n) => `export const n${n}: ${typeOf(each.apiVersion, each.kind)} = ${JSON.stringify(each, undefined, 1)};`,
  );
  const file = path.join(folder, 'manifests.ts');
  writeFileSync(file, [...imports, ...values].join('\n'));
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'esnext', '--moduleResolution', 'bundler'];
  const compiler = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '--ignoreConfig', ...options, file], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Problem(stdout);
}

function packageOf(apiVersion: string): string {
  return PACKAGES[apiVersion.split('/')[0] ?? ''] ?? 'kubernetes-models';
}

function typeOf(apiVersion: string, kind: string): string {
  return `${kind}_${apiVersion.replaceAll(/\W/g, '_')}`;
}
