import { loadPersistence } from '../setup/migrations.ts';
import { checkIndex } from './checks/index.check.ts';
import { checkOrphans } from './checks/orphans.check.ts';
import { checkSchema } from './checks/schema.check.ts';
import { checkDatabaseLoad, checkDatabaseServer, checkRedisServer } from './checks/servers.check.ts';
import { checkWaiting } from './checks/waiting.check.ts';
import { checkBooks, checkWork } from './checks/work.check.ts';
import type { Finding, Report } from './finding.ts';
import type { IndexReader } from './index-reader.ts';
import type { Installation } from './installation.ts';
import { examine } from './patient.ts';

const ROLL_UP_LIMIT = 5_000;

export interface RepairOutcome {
  readonly repaired: readonly string[];
  readonly remaining: readonly Finding[];
}

/** Every check, the servers first: where the schema is not there, nothing else can be looked at. */
export async function diagnose(installation: Installation): Promise<Report> {
  const { database } = installation;
  const persistence = await loadPersistence();
  const server = await persistence.readServer(database);
  const load = await persistence.readServerLoad(database, installation.longTransactionSeconds);
  const missing = await persistence.findMissingMigrations(database);
  const ofServers = [
    ...checkDatabaseServer(await persistence.checkServer(database)),
    ...checkDatabaseLoad(load, server.maxConnections),
    ...checkSchema(missing, await persistence.findUnknownMigrations(database)),
  ];
  const skipped = load.longTransactions ? [] : ['open transactions: the user lacks the PROCESS privilege'];
  if (missing.length > 0) return { findings: ofServers, skipped: [...skipped, 'everything that needs the schema'] };
  const redis = await installation.index?.describeServer();
  const ofRedis = installation.index === undefined ? [] : checkRedisServer(redis);
  const rest = await checkWorkings(installation, redis && installation.index);
  return { findings: [...ofServers, ...ofRedis, ...rest.findings], skipped: [...skipped, ...rest.skipped] };
}

async function checkWorkings({ database, maxCrashes }: Installation, index: IndexReader | undefined): Promise<Report> {
  const { IndexRecordStore, InspectionStore, LostWorkerStore, PendingJobStore, TallyStore } = await loadPersistence();
  const lost = new LostWorkerStore(database);
  const tallies = new TallyStore(database);
  const patient = await examine({
    database,
    inspection: new InspectionStore(database),
    index,
    jobs: new PendingJobStore(database),
    records: new IndexRecordStore(database),
  });
  const findings = [
    ...(await checkIndex(patient)),
    ...(await checkOrphans(patient, {
      reapOrphans: async (limit) => (await lost.reapOrphans(maxCrashes, limit)).length,
    })),
    ...checkWaiting(patient),
    ...(await checkWork(patient)),
    ...(await checkBooks(patient, () => rollUpAll((limit) => tallies.rollUp(limit)))),
  ];
  return { findings, skipped: patient.skipped };
}

async function rollUpAll(rollUp: (limit: number) => Promise<number>): Promise<number> {
  let all = 0;
  for (let read = ROLL_UP_LIMIT; read >= ROLL_UP_LIMIT; all += read) read = await rollUp(ROLL_UP_LIMIT);
  return all;
}

export async function repair(findings: readonly Finding[]): Promise<RepairOutcome> {
  const repaired: string[] = [];
  const remaining: Finding[] = [];
  for (const finding of findings) {
    if (finding.repair) repaired.push(await finding.repair());
    else remaining.push(finding);
  }
  return { repaired, remaining };
}
