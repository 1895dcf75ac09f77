import { lookup } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';

/** Finds the addresses of a host name. */
export abstract class HostResolver {
  /** @returns all of them, as literals without brackets */
  abstract resolve(hostname: string): Promise<readonly string[]>;
}

/** Asks the system, so that /etc/hosts and the cluster's own names count too. */
@Injectable()
export class SystemHostResolver extends HostResolver {
  override async resolve(hostname: string): Promise<readonly string[]> {
    const found = await lookup(hostname, { all: true });
    return found.map(({ address }) => address);
  }
}
