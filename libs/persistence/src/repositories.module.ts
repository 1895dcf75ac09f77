import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Database } from './database/database.ts';
import { ENTITIES } from './entities/entities.ts';
import { dataSourceOptions } from './migrations/data-source.ts';

/** TypeORM's repositories for plain reads, over the connections of the persistence module. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({ inject: [Database], useFactory: dataSourceOptions }),
    TypeOrmModule.forFeature(ENTITIES),
  ],
  exports: [TypeOrmModule],
})
export class RepositoriesModule {}
