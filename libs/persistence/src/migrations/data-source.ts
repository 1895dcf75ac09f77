import { DataSource, type DataSourceOptions } from 'typeorm';
import type { Database } from '../database/database.ts';
import { ENTITIES } from '../entities/entities.ts';
import { MIGRATIONS } from './migrations.ts';

/** TypeORM over the process's own pool: for migrations and for plain reads. Hot statements do not pass through it. */
export function dataSourceOptions(database: Database): DataSourceOptions {
  return {
    type: 'mysql',
    driver: { createPool: () => database.pool },
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: 'migrations',
    synchronize: false,
    timezone: 'Z',
  };
}

export function createDataSource(database: Database): DataSource {
  return new DataSource(dataSourceOptions(database));
}
