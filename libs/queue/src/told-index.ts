import type { FactoryProvider, Type } from '@nestjs/common';
import type { IndexEntry } from '@holdfast/domain';
import { RedisReadyIndex } from './redis-ready-index.ts';

/** What makes jobs ready that nobody has asked for by name: those that waited for others. */
export interface ReadySource {
  onReady(tell: (entries: readonly IndexEntry[]) => void): void;
}

/** For a program's module: the index is told what a transaction has made ready, best effort: a scheduler finds the rest. */
export function toldIndex(Source: Type<ReadySource>): FactoryProvider {
  return {
    provide: Symbol('the index, told what became ready'),
    inject: [Source, RedisReadyIndex],
    useFactory: (source: ReadySource, index: RedisReadyIndex) => {
      source.onReady((entries) => void index.add(entries).catch(() => undefined));
      return true; // Nest wants something
    },
  };
}
