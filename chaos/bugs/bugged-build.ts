import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../../tools/servers/problem.ts';
import type { Bug, Replacement } from './bugs.ts';

const PROJECTS = [
  'apps/api',
  'apps/scheduler',
  'apps/worker',
  'libs/calendar',
  'libs/contract',
  'libs/domain',
  'libs/persistence',
  'libs/queue',
  'libs/runtime',
];

/**
 * A copy of what was built with a bug in it. It lies within the clone, so that third-party packages are found as usual, and
 * has links of its own to our libraries.
 */
export function makeBuggedBuild(root: string, directory: string, bug: Bug): string {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(path.join(directory, 'node_modules/@holdfast'), { recursive: true });
  for (const project of PROJECTS) {
    for (const part of ['dist', 'package.json']) {
      cpSync(path.join(root, project, part), path.join(directory, project, part), { recursive: true });
    }
    const link = path.join(directory, 'node_modules/@holdfast', path.basename(project));
    if (project.startsWith('libs/')) symlinkSync(path.join(directory, project), link);
  }
  for (const replacement of bug.replacements) replaceOnce(directory, replacement);
  return directory;
}

function replaceOnce(directory: string, { file, text, by }: Replacement): void {
  const target = path.join(directory, file);
  const before = readFileSync(target, 'utf8');
  const found = before.split(text).length - 1;
  if (found !== 1) throw new Problem(`${file} has ${found} times what the bug replaces: ${text}`);
  writeFileSync(
    target,
    before.replace(text, () => by),
  );
}
