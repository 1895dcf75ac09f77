import 'reflect-metadata';
import { Module, type Type } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import type { Handler } from './job-context.ts';
import { HandlerRegistry } from './handler-registry.ts';
import { JobHandler } from './job-handler.decorator.ts';

@JobHandler('one')
class OneHandler implements Handler {
  handle(): string {
    return 'one';
  }
}

@JobHandler('one')
class OtherHandler implements Handler {
  handle(): string {
    return 'other';
  }
}

@JobHandler('idle')
class IdleHandler {}

class UnnamedHandler implements Handler {
  handle(): string {
    return 'unnamed';
  }
}

@Module({})
class HelpfulService {}

/** A registry that finds exactly these providers. */
function registryOf(...types: Type[]): HandlerRegistry {
  const found = types.map((metatype) => ({ metatype, instance: new metatype() as object }));
  const registry = new HandlerRegistry({ getProviders: () => found } as unknown as DiscoveryService, new Reflector());
  registry.onModuleInit();
  return registry;
}

describe('the registry of handlers', () => {
  it('knows a handler by the type of its decorator, and leaves other providers alone', () => {
    const registry = registryOf(OneHandler, HelpfulService);
    expect(registry.types).toEqual(['one']);
    expect(registry.find('one')?.handler).toBeInstanceOf(OneHandler);
    expect(registry.find('two')).toBeUndefined();
  });

  it.each<[string, Type[], string]>([
    ['two handlers of one type', [OneHandler, OtherHandler], "OtherHandler and OneHandler both handle 'one'"],
    ['a handler without a method', [IdleHandler], "IdleHandler handles 'idle' but has no method handle"],
    ['a handler without a type', [UnnamedHandler], 'UnnamedHandler is in HandlersModule but has no @JobHandler'],
    ['no handler at all', [HelpfulService], 'this worker could run nothing'],
  ])('refuses %s', (_, types, reason) => {
    expect(() => registryOf(...types)).toThrow(reason);
  });
});
