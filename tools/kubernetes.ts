import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  digestOfSources,
  FOLDER,
  headerOf,
  OVERLAYS,
  parseManifests,
  renderedFile,
  type Overlay,
} from './kubernetes/overlays.ts';
import { installSchemas, refuseUnknownFields, validate } from './kubernetes/schemas.ts';
import { Problem } from './servers/problem.ts';
import { runCommand } from './setup/lifetime.ts';
import { Steps } from './setup/steps.ts';

/** Renders every overlay with kubectl, checks it by the schemas of Kubernetes, and keeps what came of it. */
await runCommand(async () => {
  const steps = new Steps();
  installSchemas();
  for (const overlay of OVERLAYS) {
    await steps.run(
      overlay,
      () => renderAndCheck(overlay),
      (objects) => `${objects} objects`,
    );
  }
  return 0;
});

async function renderAndCheck(overlay: Overlay): Promise<number> {
  const text = render(overlay);
  const manifests = parseManifests(text);
  for (const manifest of manifests) await validate(manifest);
  refuseUnknownFields(manifests);
  const file = renderedFile(overlay);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, headerOf(digestOfSources()) + text);
  return manifests.length;
}

function render(overlay: Overlay): string {
  const args = ['kustomize', path.join(FOLDER, 'overlays', overlay)];
  const { status, stdout, stderr, error } = spawnSync('kubectl', args, { encoding: 'utf8' });
  if (error) throw new Problem('There is no kubectl on this machine: install it, then try again.');
  if (status !== 0) throw new Problem(stderr);
  return stdout;
}
