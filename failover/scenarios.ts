import type { Scenario } from './scenario.ts';
import { CLUSTER } from './scenarios/cluster.ts';
import { GALERA } from './scenarios/galera.ts';
import { REPLICA } from './scenarios/replica.ts';
import { RESTORE } from './scenarios/restore.ts';
import { SENTINEL } from './scenarios/sentinel.ts';

export const SCENARIOS: readonly Scenario[] = [SENTINEL, CLUSTER, ...REPLICA, ...GALERA, RESTORE];
