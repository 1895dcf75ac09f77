/** Which part a span plays between programs, in the words of OpenTelemetry. */
export type SpanKind = 'server' | 'producer' | 'consumer' | 'client' | 'internal';

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanOptions {
  readonly kind: SpanKind;
  /** W3C traceparent of what it is part of; without one it begins a trace. */
  readonly parent?: string | undefined;
  /** W3C traceparents of what it belongs to without being part of it: a batch serves many. */
  readonly links?: readonly (string | undefined)[];
  readonly attributes?: Attributes;
  /** Epoch milliseconds; now unless given. */
  readonly startedAt?: number;
}

/** Something that takes time and shows in a trace. */
export interface Span {
  /** By which others become part of it; undefined while nobody traces. */
  readonly traceparent: string | undefined;
  set(attributes: Attributes): void;
  fail(reason: string): void;
  /** @param at epoch milliseconds */
  end(at?: number): void;
}

/** What a program tells of its work to whoever follows a request through all that it passes. */
export abstract class Tracing {
  /** Whether anybody follows; what only prepares spans can be left out. */
  abstract readonly isOn: boolean;

  abstract start(name: string, options: SpanOptions): Span;

  /** Does work of which the outgoing calls belong to the span that `traceparent` names. */
  abstract within<T>(traceparent: string | undefined, work: () => T): T;

  /** Hands over what it still has, within a few seconds. */
  abstract onApplicationShutdown(): Promise<void>;
}

const NO_SPAN: Span = {
  traceparent: undefined,
  set: () => undefined,
  fail: () => undefined,
  end: () => undefined,
};

/** Nobody follows. */
export const UNTRACED: Tracing = {
  isOn: false,
  start: () => NO_SPAN,
  within: (_traceparent, work) => work(),
  onApplicationShutdown: () => Promise.resolve(),
};
