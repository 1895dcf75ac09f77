import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HOLDFAST } from '../servers/paths.ts';

/** A random secret for signing tokens on this machine, made once per clone and readable by its owner only. In production it is refused. */
export function developmentSecret(folder = HOLDFAST): string {
  const file = path.join(folder, 'dev-secret');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(file)) writeFileSync(file, `development-${randomBytes(32).toString('hex')}`, { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}
