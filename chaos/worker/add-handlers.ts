import 'reflect-metadata';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHAOS_HANDLERS } from './handlers.ts';

/** The build whose worker this process is. */
const worker = path.join(process.env['CHAOS_BUILD'] ?? '', 'apps/worker/dist');

const { HandlersModule } = (await built(
  'handlers/handlers.module.js',
)) as typeof import('../../apps/worker/src/handlers/handlers.module.ts');
const { JobHandler } = (await built(
  'handling/job-handler.decorator.js',
)) as typeof import('../../apps/worker/src/handling/job-handler.decorator.ts');

for (const [type, handler] of Object.entries(CHAOS_HANDLERS)) JobHandler(type)(handler);
const providers = (Reflect.getMetadata('providers', HandlersModule) ?? []) as unknown[];
Reflect.defineMetadata('providers', [...providers, ...Object.values(CHAOS_HANDLERS)], HandlersModule);

function built(file: string): Promise<unknown> {
  return import(pathToFileURL(path.join(worker, file)).href);
}
