import { StopSignals } from '@holdfast/runtime/stop-signals';

const signals = StopSignals.listen(); // before the rest is loaded, which takes most of the start
const { runScheduler } = await import('./scheduler.program.ts');
await runScheduler(signals);
