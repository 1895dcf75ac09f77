import { Column, Entity, PrimaryColumn } from 'typeorm';
import { uuid } from './transformers.ts';

@Entity('job_unique_keys')
export class JobUniqueKeyEntity {
  @PrimaryColumn({ type: 'binary', name: 'job_id', length: 16, transformer: uuid }) jobId!: string;
  @Column({ type: 'varchar' }) name!: string;
}
