import type { BackoffStrategy, JobState } from '@holdfast/domain';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { integer, json, uuid } from './transformers.ts';

/** One job as a plain read sees it. Transitions never go through here: they are guarded statements. */
@Entity('jobs')
export class JobEntity {
  @PrimaryColumn({ type: 'binary', length: 16, transformer: uuid }) id!: string;
  @Column({ type: 'varchar' }) tenant!: string;
  @Column({ type: 'varchar' }) queue!: string;
  @Column({ type: 'varchar' }) type!: string;
  @Column({ type: 'varchar' }) state!: JobState;
  @Column({ type: 'smallint' }) priority!: number;
  @Column({ type: 'datetime', name: 'run_at', precision: 6 }) runAt!: Date;
  @Column({ type: 'datetime', precision: 6, nullable: true }) deadline!: Date | null;
  @Column({ type: 'int', name: 'timeout_ms' }) timeoutMs!: number;
  @Column({ type: 'smallint' }) attempt!: number;
  @Column({ type: 'smallint', name: 'max_attempts' }) maxAttempts!: number;
  @Column({ type: 'smallint' }) crashes!: number;
  @Column({ type: 'int' }) generation!: number;
  @Column({ type: 'int' }) fence!: number;
  @Column({ type: 'int' }) revision!: number;
  @Column({ type: 'binary', name: 'worker_id', length: 16, nullable: true, transformer: uuid }) workerId!:
    string | null;
  @Column({ type: 'datetime', name: 'cancel_requested_at', precision: 6, nullable: true })
  cancelRequestedAt!: Date | null;
  @Column({ type: 'varchar', name: 'backoff_strategy' }) backoffStrategy!: BackoffStrategy;
  @Column({ type: 'bigint', name: 'backoff_delay_ms', transformer: integer }) backoffDelayMs!: number;
  @Column({ type: 'bigint', name: 'backoff_max_delay_ms', transformer: integer }) backoffMaxDelayMs!: number;
  @Column({ type: 'double', name: 'backoff_jitter' }) backoffJitter!: number;
  @Column({ type: 'datetime', name: 'created_at', precision: 6 }) createdAt!: Date;
  @Column({ type: 'datetime', name: 'started_at', precision: 6, nullable: true }) startedAt!: Date | null;
  @Column({ type: 'datetime', name: 'finished_at', precision: 6, nullable: true }) finishedAt!: Date | null;
  @Column({ type: 'char', length: 55, nullable: true }) traceparent!: string | null;
  @Column({ type: 'binary', name: 'schedule_id', length: 16, nullable: true, transformer: uuid }) scheduleId!:
    string | null;
  @Column({ type: 'datetime', name: 'planned_at', precision: 6, nullable: true }) plannedAt!: Date | null;
  @Column({ type: 'varchar', name: 'concurrency_key', nullable: true }) concurrencyKey!: string | null;
  @Column({ type: 'varchar', name: 'fairness_key', nullable: true }) fairnessKey!: string | null;
  @Column({ type: 'boolean', name: 'is_ordered', nullable: true }) isOrdered!: 0 | 1 | null;
  @Column({ type: 'mediumtext', transformer: json }) payload!: unknown;
  @Column({ type: 'text', nullable: true, transformer: json }) tags!: string[] | null;
  @Column({ type: 'mediumtext', nullable: true, transformer: json }) result!: unknown;
  @Column({ type: 'text', nullable: true, transformer: json }) error!: unknown;
  @Column({ type: 'text', nullable: true, transformer: json }) progress!: unknown;
}
