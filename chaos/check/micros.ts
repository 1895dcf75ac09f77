/** SQL for a time in epoch microseconds, which no client rounds. */
export function micros(column: string): string {
  return `TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ${column})`;
}
