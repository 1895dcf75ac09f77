import { CLAIMING } from './claiming.ts';
import { KEEPING } from './keeping.ts';
import { OPERATING } from './operating.ts';
import { RECORDING } from './recording.ts';
import { SCHEDULING } from './scheduling.ts';
import { SETTLING } from './settling.ts';
import { SUBMITTING } from './submitting.ts';
import { WAITING } from './waiting.ts';
import type { StoreOperations } from './ground.ts';

/** Everything that programs do in MySQL, to be disturbed at every statement. */
export const STORE_OPERATIONS: StoreOperations = {
  ...SUBMITTING,
  ...CLAIMING,
  ...SETTLING,
  ...RECORDING,
  ...SCHEDULING,
  ...WAITING,
  ...OPERATING,
  ...KEEPING,
};
