import { StopSignals } from '@holdfast/runtime/stop-signals';

const signals = StopSignals.listen(); // before the rest is loaded, which takes most of the start
const { runWorker } = await import('./worker.program.ts');
await runWorker(signals);
