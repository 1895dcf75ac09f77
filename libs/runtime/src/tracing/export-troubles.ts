import { diag, DiagLogLevel } from '@opentelemetry/api';
import { Logger } from '@nestjs/common';

const TELL_EVERY_MS = 60_000;

/** Spans that cannot be sent cost nobody anything but the spans: it is said once a minute. */
export function reportTroubles(): void {
  const logger = new Logger('tracing');
  let toldAt = -Infinity;
  const tell = (trouble: string): void => {
    if (performance.now() < toldAt + TELL_EVERY_MS) return;
    toldAt = performance.now();
    logger.warn({ msg: 'traces cannot be sent', trouble });
  };
  const silent = (): void => undefined;
  diag.setLogger(
    { error: tell, warn: tell, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
