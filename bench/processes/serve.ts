/** What a parent asks of a part of the benchmark, and what it gets back. */
export interface Request {
  readonly id: number;
  readonly call: string;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export type Calls = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Makes this process a part: it answers its parent's calls over the channel, and ends with its parent. */
export function serve(calls: Calls): void {
  process.on('message', (request: Request) => {
    void answer(calls, request).then((reply) => process.send?.(reply));
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ id: 0 } satisfies Answer);
}

async function answer(calls: Calls, { id, call, args }: Request): Promise<Answer> {
  try {
    const named = calls[call];
    if (named === undefined) throw new Error(`There is no call "${call}".`);
    return { id, value: await named(...(args as never[])) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
