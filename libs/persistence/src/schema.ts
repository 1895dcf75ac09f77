/** The schema as TypeORM knows it: migrations, and entities for plain reads. Apart, so that a program without them need not load TypeORM. */
export { JobEntity } from './entities/job.entity.ts';
export { JobFailureEntity } from './entities/job-failure.entity.ts';
export { JobUniqueKeyEntity } from './entities/job-unique-key.entity.ts';
export { WorkerEntity } from './entities/worker.entity.ts';
export { migrateDown, migrateUp, migrationStatus, type MigrationStatus } from './migrations/migrate.ts';
export { RepositoriesModule } from './repositories.module.ts';
