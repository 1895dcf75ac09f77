import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('queues')
export class QueueEntity {
  @PrimaryColumn({ type: 'varchar' }) name!: string;
  @Column({ type: 'datetime', name: 'created_at', precision: 6 }) createdAt!: Date;
  @Column({ type: 'datetime', name: 'rebuilt_at', precision: 6, nullable: true }) rebuiltAt!: Date | null;
}
