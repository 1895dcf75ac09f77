import type { FailureKind, JobError } from '@holdfast/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { json, uuid } from './transformers.ts';

@Entity('job_failures')
export class JobFailureEntity {
  @PrimaryColumn({ type: 'binary', name: 'job_id', length: 16, transformer: uuid }) jobId!: string;
  @PrimaryColumn({ type: 'int' }) fence!: number;
  @Column({ type: 'smallint' }) attempt!: number;
  @Column({ type: 'int' }) generation!: number;
  @Column({ type: 'varchar' }) kind!: FailureKind;
  @Column({ type: 'text', transformer: json }) error!: JobError;
  @Column({ type: 'binary', name: 'worker_id', length: 16, transformer: uuid }) workerId!: string;
  @Column({ type: 'datetime', name: 'started_at', precision: 6 }) startedAt!: Date;
  @Column({ type: 'datetime', name: 'failed_at', precision: 6 }) failedAt!: Date;
}
