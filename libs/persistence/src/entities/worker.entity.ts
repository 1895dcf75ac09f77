import { Column, Entity, PrimaryColumn } from 'typeorm';
import { integer, json, uuid } from './transformers.ts';

@Entity('workers')
export class WorkerEntity {
  @PrimaryColumn({ type: 'binary', length: 16, transformer: uuid }) id!: string;
  @Column({ type: 'varchar' }) name!: string;
  @Column({ type: 'text', transformer: json }) queues!: string[];
  @Column({ type: 'text', transformer: json }) types!: string[];
  @Column({ type: 'int' }) capacity!: number;
  @Column({ type: 'datetime', name: 'started_at', precision: 6 }) startedAt!: Date;
  @Column({ type: 'datetime', name: 'lease_until', precision: 6 }) leaseUntil!: Date;
  @Column({ type: 'int', name: 'blocked_ms' }) blockedMs!: number;
  @Column({ type: 'bigint', name: 'rss_bytes', transformer: integer }) rssBytes!: number;
  @Column({ type: 'bigint', name: 'heap_used_bytes', transformer: integer }) heapUsedBytes!: number;
  @Column({ type: 'bigint', name: 'jobs_started', transformer: integer }) jobsStarted!: number;
  @Column({ type: 'bigint', name: 'jobs_ended', transformer: integer }) jobsEnded!: number;
}
