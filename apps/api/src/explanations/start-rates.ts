import { Injectable } from '@nestjs/common';
import { Books } from '../statistics/books.ts';

const SECONDS = 60;

/** How many jobs of a queue start per second, as its books of the last minute say. */
@Injectable()
export class StartRates {
  constructor(private readonly books: Books) {}

  async of(tenant: string, queue: string): Promise<number> {
    const rates = await this.books.rates(tenant, SECONDS, queue);
    return rates.get('claim') ?? 0;
  }
}
