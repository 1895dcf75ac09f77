import { PortInUse, Problem } from './problem.ts';

export interface FailedStart {
  /** `the database server`, `the Redis server` */
  name: string;
  directory: string;
  logFile: string;
  port: number;
  /** The last lines of its log. */
  tail: readonly string[];
}

const NO_SPACE = /no space left on device|errcode: 28\b|error:? 28\b|os error code 28\b|disk (is )?full/i;
const PORT_IN_USE = /address already in use/i;
const NO_PERMISSION = /permission denied|errcode: 13\b/i;
const DATA_LOCKED = /unable to lock|another (mysqld|process|innodb)/i;

/** Turns what a server wrote before it died into one sentence: what is wrong, where, and what to do. */
export function explainFailedStart(failed: FailedStart): Problem {
  const text = failed.tail.join('\n');
  if (NO_SPACE.test(text)) return diskFull(failed.directory);
  if (PORT_IN_USE.test(text))
    return new PortInUse(`Port ${failed.port} for ${failed.name} is in use by another program.`);
  if (DATA_LOCKED.test(text)) {
    return new Problem(`Another server uses the data in ${failed.directory}: stop it, then try again.`);
  }
  if (NO_PERMISSION.test(text)) {
    return new Problem(
      `${capitalised(failed.name)} may not use ${failed.directory}: let this user read and write it (details: ${failed.logFile}).`,
    );
  }
  const last = failed.tail.slice(-8).map((line) => `    ${line}`);
  return new Problem(
    [`${capitalised(failed.name)} ended before it was ready. The end of ${failed.logFile}:`, ...last].join('\n'),
  );
}

export function diskFull(directory: string): Problem {
  return new Problem(`The disk that holds ${directory} has no room left: free at least 500 MB there, then try again.`);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
