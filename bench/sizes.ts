import type { Options } from './options.ts';

export interface Sizes {
  readonly usual: number;
  readonly quick: number;
  readonly full?: number;
}

export function sizeOf({ quick, full: wantsFull }: Options, sizes: Sizes): number {
  if (quick) return sizes.quick;
  return wantsFull ? (sizes.full ?? sizes.usual) : sizes.usual;
}
