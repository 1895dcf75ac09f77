import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The lists of a queue and of a type. A job enters these indexes once and never moves in them, so that no transition
 * pays for a list. Both engines build them while jobs come and go.
 */
const INDEXES = { by_queue: '(tenant, queue, id)', by_type: '(tenant, type, id)' };

export class IndexLists1763800600000 implements MigrationInterface {
  readonly name = 'IndexLists1763800600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, columns] of Object.entries(INDEXES)) {
      if (!(await hasIndex(runner, name))) await runner.query(`ALTER TABLE jobs ADD KEY ${name} ${columns}, LOCK=NONE`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(INDEXES)) {
      if (await hasIndex(runner, name)) await runner.query(`ALTER TABLE jobs DROP KEY ${name}, LOCK=NONE`);
    }
  }
}

async function hasIndex(runner: QueryRunner, name: string): Promise<boolean> {
  const rows = (await runner.query('SHOW INDEX FROM jobs WHERE Key_name = ?', [name])) as unknown[];
  return rows.length > 0;
}
