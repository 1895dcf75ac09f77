import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import openapi, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { startApi, type RunningApi } from '../testing/running-api.ts';
import { makeToken } from '../testing/tokens.ts';

const execute = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../../../..');

/** What a user writes: every name in it comes from the document. */
const PROGRAM = `
import createClient from 'openapi-fetch';
import type { paths } from './holdfast.ts';

const [baseUrl = '', token = ''] = process.argv.slice(2);
const holdfast = createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${token}\` } });

const submitted = await holdfast.POST('/v1/jobs', { body: { type: 'echo', payload: { n: 1 }, delay: '1h', tags: ['a'] } });
const id: string = submitted.data?.id ?? '';
const found = await holdfast.GET('/v1/jobs/{id}', { params: { path: { id } } });
const listed = await holdfast.GET('/v1/jobs', { params: { query: { state: 'scheduled', limit: 10 } } });
const cancelled = await holdfast.POST('/v1/jobs/{id}/cancel', { params: { path: { id } } });
const again = await holdfast.POST('/v1/jobs/{id}/cancel', { params: { path: { id } } });

// @ts-expect-error a state that does not exist
await holdfast.GET('/v1/jobs', { params: { query: { state: 'asleep' } } });
// @ts-expect-error a job needs a type
await holdfast.POST('/v1/jobs', { body: { payload: {} } });

const states: string[] = [found.data?.state ?? '', cancelled.data?.state ?? '', again.error?.code ?? ''];
console.log(JSON.stringify({ states, listed: listed.data?.items.map((job) => job.id), id }));
`;

describe('a client generated from the document', () => {
  let api: RunningApi;
  let folder: string;

  beforeAll(async () => {
    api = await startApi();
    mkdirSync(path.join(ROOT, '.holdfast'), { recursive: true });
    folder = mkdtempSync(path.join(ROOT, '.holdfast', 'client-'));
    const document = await (await fetch(`${api.url}/openapi.json`)).text();
    writeFileSync(
      path.join(folder, 'holdfast.ts'),
      astToString(await openapi(document, { defaultNonNullable: false })),
    );
    writeFileSync(path.join(folder, 'program.ts'), PROGRAM);
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await api.close();
  });

  it('compiles, and refuses what the document does not allow', () => {
    const program = ts.createProgram([path.join(folder, 'program.ts')], {
      strict: true,
      noEmit: true,
      exactOptionalPropertyTypes: true,
      allowImportingTsExtensions: true,
      target: ts.ScriptTarget.ES2024,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ['node'],
      typeRoots: [path.join(ROOT, 'node_modules/@types')],
    });
    const messages = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
    expect(messages).toEqual([]);
  });

  it('works', async () => {
    const program = path.join(folder, 'program.ts');
    const { stdout } = await execute(process.execPath, [program, api.url, await makeToken()]);
    const said = JSON.parse(stdout) as { id: string };
    expect(said).toEqual({ states: ['scheduled', 'cancelled', 'state-forbids'], listed: [said.id], id: said.id });
  });
});
