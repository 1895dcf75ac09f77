import { Module } from '@nestjs/common';
import { SystemController } from './system.controller.ts';
import { SystemReader } from './system-reader.ts';

@Module({ controllers: [SystemController], providers: [SystemReader] })
export class SystemModule {}
