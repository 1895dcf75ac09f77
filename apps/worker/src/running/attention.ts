import { Injectable } from '@nestjs/common';
import { Signal } from '@holdfast/runtime';

/** What the consumer sleeps on: raised when a slot is free, a queue has something new, or outcomes were recorded. */
@Injectable()
export class Attention extends Signal {}
