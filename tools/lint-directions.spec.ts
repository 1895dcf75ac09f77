import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';

const ROOT = path.resolve(import.meta.dirname, '..');
// Only the imports are judged, from the given text alone: with type information (`project`), and CI=true, the parser
// reads each file from the disk instead.
const eslint = new ESLint({
  cwd: ROOT,
  ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports',
  overrideConfig: { languageOptions: { parserOptions: { project: false } } },
});

/** The complaints about imports if a file had this line. */
async function complaints(file: string, line: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${line}\n`, { filePath: path.join(ROOT, file) });
  return (result?.messages ?? []).map(({ message }) => message);
}

describe('lint', () => {
  it.each([
    ['libs/domain/src/index.ts', "import '@holdfast/queue';"],
    ['libs/domain/src/index.ts', "import 'node:fs';"],
    ['libs/persistence/src/index.ts', "import '@holdfast/queue';"],
    ['libs/queue/src/index.ts', "import '@holdfast/persistence';"],
    ['libs/queue/src/index.ts', "import '../../persistence/src/../../../libs/persistence/src/index.ts';"],
    ['libs/runtime/src/index.ts', "import '@holdfast/domain';"],
    ['libs/calendar/src/index.ts', "import '@holdfast/persistence';"],
    ['libs/contract/src/index.ts', "import '@holdfast/persistence';"],
    ['libs/persistence/src/index.ts', "import '@holdfast/calendar';"],
    ['apps/worker/src/main.ts', "import '@holdfast/calendar';"],
    ['apps/api/src/main.ts', "import '@holdfast/worker';"],
    ['apps/api/src/main.ts', "import '@holdfast/domain/src/index.ts';"],
  ])('refuses in %s: %s', async (file, line) => {
    expect(await complaints(file, line)).not.toEqual([]);
  });

  it.each([
    ['libs/persistence/src/index.ts', "import '@holdfast/domain';"],
    ['libs/calendar/src/index.ts', "import '@holdfast/domain';"],
    ['apps/scheduler/src/main.ts', "import '@holdfast/calendar';"],
    ['apps/worker/src/main.ts', "import '@holdfast/queue';"],
    ['apps/worker/src/main.ts', "import '@holdfast/contract';"],
  ])('allows in %s: %s', async (file, line) => {
    expect(await complaints(file, line)).toEqual([]);
  });
});
