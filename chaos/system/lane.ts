import type { Socket } from 'node:net';

export interface Weather {
  /** Every byte arrives so much later, in milliseconds. */
  readonly delay?: number;
  /** What goes this way waits until the weather clears, as behind a cable that was pulled. */
  readonly held?: 'up' | 'down' | 'both';
  /** New connections are turned away. */
  readonly refusing?: boolean;
}

/** One direction of one connection: passes bytes on in order, as the weather allows. */
export class Lane {
  private readonly waiting: { data: Buffer; due: number }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly to: Socket;
  private readonly direction: 'up' | 'down';
  private readonly weather: () => Weather;

  constructor(to: Socket, direction: 'up' | 'down', weather: () => Weather) {
    this.to = to;
    this.direction = direction;
    this.weather = weather;
  }

  /** How many messages wait. */
  get length(): number {
    return this.waiting.length;
  }

  send(data: Buffer): void {
    this.waiting.push({ data, due: performance.now() + (this.weather().delay ?? 0) });
    this.pump();
  }

  /** Passes on what may go now. */
  pump(): void {
    clearTimeout(this.timer);
    const { held } = this.weather();
    if (held === this.direction || held === 'both') return;
    while (this.waiting[0] && this.waiting[0].due <= performance.now()) {
      const next = this.waiting.shift();
      if (next && !this.to.destroyed) this.to.write(next.data);
    }
    if (this.waiting[0])
      this.timer = setTimeout(() => this.pump(), Math.max(0, this.waiting[0].due - performance.now()));
  }

  close(): void {
    clearTimeout(this.timer);
    this.waiting.length = 0;
  }
}
