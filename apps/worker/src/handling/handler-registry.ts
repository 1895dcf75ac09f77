import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import type { z } from 'zod';
import { HandlersModule } from '../handlers/handlers.module.ts';
import { JOB_HANDLER, type JobHandlerMetadata } from './job-handler.decorator.ts';
import type { Handler } from './job-context.ts';

export interface RegisteredHandler {
  readonly handler: Handler;
  readonly payload: z.ZodType | undefined;
}

/** The handlers of this worker by job type, found at start. A class without a type and a type with two classes are refused. */
@Injectable()
export class HandlerRegistry implements OnModuleInit {
  private readonly handlers = new Map<string, RegisteredHandler>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    for (const { metatype, instance } of this.discovery.getProviders({ include: [HandlersModule] })) {
      if (typeof metatype !== 'function' || metatype === HandlersModule) continue;
      const metadata = this.reflector.get<JobHandlerMetadata | undefined>(JOB_HANDLER, metatype);
      if (metadata) this.register(metadata, metatype.name, instance as unknown);
      else if (metatype.name.endsWith('Handler')) {
        throw new Error(`${metatype.name} is in HandlersModule but has no @JobHandler('type').`);
      }
    }
    if (this.handlers.size === 0) throw new Error('HandlersModule has no handler: this worker could run nothing.');
  }

  /** In alphabetical order. */
  get types(): readonly string[] {
    return [...this.handlers.keys()].sort();
  }

  find(type: string): RegisteredHandler | undefined {
    return this.handlers.get(type);
  }

  private register({ type, payload }: JobHandlerMetadata, name: string, instance: unknown): void {
    if (!isHandler(instance)) throw new Error(`${name} handles '${type}' but has no method handle(payload, context).`);
    const other = this.handlers.get(type);
    if (other) throw new Error(`${name} and ${other.handler.constructor.name} both handle '${type}'.`);
    this.handlers.set(type, { handler: instance, payload });
  }
}

function isHandler(instance: unknown): instance is Handler {
  return (
    typeof instance === 'object' && instance !== null && 'handle' in instance && typeof instance.handle === 'function'
  );
}
