import { closeSync, fdatasyncSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Stamped } from './events.ts';

/** An append-only log of JSON lines, on disk before `append` returns: a process may be killed right after. */
export class EventLog<Event extends object> {
  private readonly file: number;
  private readonly run: string;
  private sequence = 0;

  constructor(file: string, run: string) {
    mkdirSync(path.dirname(file), { recursive: true });
    this.file = openSync(file, 'a');
    this.run = run;
  }

  append(event: Event): Stamped<Event> {
    this.sequence += 1;
    const at = Number(process.hrtime.bigint()) / 1e6;
    const line = { run: this.run, pid: process.pid, sequence: this.sequence, at, wall: Date.now(), ...event };
    writeSync(this.file, `${JSON.stringify(line)}\n`);
    fdatasyncSync(this.file);
    return line;
  }

  close(): void {
    closeSync(this.file);
  }
}

/** Every line of every log in a folder, in the order in which things happened. */
export function readEvents<Event extends object>(folder: string): Stamped<Event>[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  const lines = files.flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n'));
  // A line that a killed process left unfinished was not written: nothing that it tells happened before the next.
  const events = lines.flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as Stamped<Event>] : []));
  return events.sort((a, b) => a.at - b.at);
}
