import type { Instant, NewJob } from '@holdfast/domain';
import type { Span, Tracing } from '@holdfast/runtime';

/** Begins a trace with each tick that makes a job. A transaction that is tried again leaves no trace of its first try. */
export class TickTraces {
  private readonly open = new Map<string, Span>();

  constructor(private readonly tracing: Tracing) {}

  /** @returns the W3C trace context of the job; undefined while nobody traces */
  begin({ name, tenant }: { readonly name: string; readonly tenant: string }, plannedAt: Instant): string | undefined {
    if (!this.tracing.isOn) return undefined;
    const attributes = {
      'holdfast.schedule': name,
      'holdfast.tenant': tenant,
      'holdfast.planned_at': new Date(plannedAt).toISOString(),
    };
    const span = this.tracing.start(`tick ${name}`, { kind: 'producer', attributes });
    if (span.traceparent !== undefined) this.open.set(span.traceparent, span);
    return span.traceparent;
  }

  /** The jobs are durable; whatever else was begun is not. */
  end(jobs: readonly NewJob[]): void {
    for (const { id, traceparent } of jobs) {
      const span = this.open.get(traceparent ?? '');
      span?.set({ 'messaging.message.id': id });
      span?.end();
    }
    this.open.clear();
  }
}
