import { Injectable } from '@nestjs/common';
import { HandlerRegistry } from '../handling/handler-registry.ts';
import { TICK_MS, Vitals } from './vitals.ts';

/** Keeps this process's vitals up to date. */
@Injectable()
export class VitalSigns {
  private vitals: Vitals | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly registry: HandlerRegistry) {}

  /** From its first call on the event loop is watched. */
  watch(): Vitals {
    if (this.vitals) return this.vitals;
    const vitals = (this.vitals = new Vitals(this.registry.types));
    vitals.tick();
    this.timer = setInterval(() => vitals.tick(), TICK_MS);
    return vitals;
  }

  started(type: string): void {
    this.vitals?.started(type);
  }

  ended(type: string): void {
    this.vitals?.ended(type);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
