import { Column, Entity, PrimaryColumn } from 'typeorm';
import { json, uuid } from './transformers.ts';

@Entity('workers')
export class WorkerEntity {
  @PrimaryColumn({ type: 'binary', length: 16, transformer: uuid }) id!: string;
  @Column({ type: 'varchar' }) name!: string;
  @Column({ type: 'text', transformer: json }) queues!: string[];
  @Column({ type: 'text', transformer: json }) types!: string[];
  @Column({ type: 'int' }) capacity!: number;
  @Column({ type: 'datetime', name: 'started_at', precision: 6 }) startedAt!: Date;
  @Column({ type: 'datetime', name: 'lease_until', precision: 6 }) leaseUntil!: Date;
}
