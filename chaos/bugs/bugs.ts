export interface Replacement {
  /** Within the build. */
  readonly file: string;
  /** Must be there exactly once, or the bug is not what it says any more. */
  readonly text: string;
  readonly by: string;
}

export interface Bug {
  readonly name: string;
  readonly means: string;
  readonly replacements: readonly Replacement[];
  /** Parts of names of the faults under which it shows. */
  readonly faults: readonly string[];
  /** Invariants of which it must break at least one. */
  readonly breaks: readonly string[];
}

const SETTLE = 'libs/persistence/dist/statements/settle.js';
const SETTLEMENTS = 'libs/persistence/dist/stores/job-settlement.store.js';

/** Mistakes that others have shipped, put into a copy of the build: the checks must catch each. */
export const BUGS: readonly Bug[] = [
  {
    name: 'no-fence',
    means: 'an outcome is written whoever holds the job',
    faults: ['worker-frozen-for-1.5', 'worker-frozen-for-2'],
    breaks: ['I10', 'I5', 'I6'],
    replacements: [
      { file: SETTLE, text: "state = 'running' AND worker_id = ? ORDER BY id", by: "state = 'running' ORDER BY id" },
      { file: SETTLE, text: ' AND jobs.fence = settled.fence', by: '' },
      {
        file: SETTLE,
        text: "AND fence = ? AND state = 'running' AND worker_id = ?",
        by: "AND (fence = ? OR TRUE) AND state = 'running' AND (worker_id = ? OR TRUE)",
      },
      { file: SETTLE, text: "jobs.state = 'running' AND jobs.worker_id = ?", by: "jobs.state = 'running'" },
      { file: SETTLEMENTS, text: 'held?.fence !== settlement.job.fence', by: 'held === undefined' },
    ],
  },
  {
    name: 'no-reconcile',
    means: 'what the index was not told of is not looked for',
    faults: ['redis-refuses', 'api-killed'],
    breaks: ['I1', 'I25'],
    replacements: [
      {
        file: 'apps/scheduler/dist/passes/reconcile-index.pass.js',
        text: 'const until = ports.clock.now() + options.lookAheadMs;',
        by: 'return { added: 0 }; const until = 0;',
      },
    ],
  },
  {
    name: 'statement-retried',
    means: 'after a deadlock the one statement is tried again, and not the transaction',
    faults: ['deadlocks'],
    breaks: ['I5', 'I6', 'I9', 'I14', 'I23'],
    replacements: [
      {
        file: 'libs/persistence/dist/database/session.js',
        text: "const answer = await ask(this.connection, statements.map(({ text }) => text).join(';\\n'), this.timeout);",
        by: `const sent = statements.map(({ text }) => text).join(';\\n');
            const again = (error) => {
                if (error.errno !== 1213) throw error;
                return ask(this.connection, sent, this.timeout);
            };
            const answer = await ask(this.connection, sent, this.timeout).catch(again);`,
      },
    ],
  },
  {
    name: 'outcomes-dropped',
    means: 'a batch of outcomes that MySQL does not take is given up',
    faults: ['database-read-only', 'database-kills-connections', 'database-connections-reset'],
    breaks: ['I1', 'I14', 'I25'],
    replacements: [{ file: 'apps/worker/dist/running/settler.js', text: 'return false;', by: 'return true;' }],
  },
  {
    name: 'tick-from-now',
    means: 'the next tick is looked for from now, and not from the last',
    faults: ['every-scheduler-killed', 'scheduler-frozen', 'database-frozen'],
    breaks: ['I15'],
    replacements: [
      {
        file: 'libs/domain/dist/schedule/firing.js',
        text: 'timetable.next(nextAt - 1)',
        by: 'timetable.next(options.now - 1_000)',
      },
    ],
  },
  {
    name: 'limit-by-hint',
    means: 'only the index knows how many jobs of a concurrency key run',
    faults: ['redis-flushed', 'redis-killed'],
    breaks: ['I18'],
    replacements: [
      {
        file: 'libs/persistence/dist/statements/limits.js',
        text: "WHERE state = 'running' AND queue = ? AND tenant IN (?)",
        by: "WHERE state = 'dead' AND queue = ? AND tenant IN (?)",
      },
    ],
  },
  {
    name: 'rate-not-spent',
    means: 'what starts under a rate is not written down where the next claim looks',
    faults: ['worker-killed', 'redis-flushed'],
    breaks: ['I18'],
    replacements: [
      {
        file: 'libs/persistence/dist/statements/limits.js',
        text: 'UPDATE gates SET due_us = ? WHERE id = ?',
        by: 'UPDATE gates SET due_us = due_us + 0 * ? WHERE id = ?',
      },
    ],
  },
  {
    name: 'let-go-by-the-first',
    means: 'a job is let go when the first of those that it waits for is done',
    faults: ['worker-killed', 'redis-flushed'],
    breaks: ['I20'],
    replacements: [
      {
        file: 'libs/domain/dist/workflow/release.js',
        text: "dependencies.every((each) => standingAfter(each, cancelled) === 'met')",
        by: "dependencies.every((each) => standingAfter(each, cancelled) !== 'failed')",
      },
    ],
  },
];
