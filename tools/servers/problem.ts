/** Something the person at the terminal can put right: shown as its sentence, without a stack. */
export class Problem extends Error {
  override readonly name: string = 'Problem';
}

/** The port was free when it was chosen and was taken by another program before the server bound it. */
export class PortInUse extends Problem {
  override readonly name = 'PortInUse';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
