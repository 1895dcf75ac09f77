import { randomBytes } from 'node:crypto';
import type {
  FirstSubmission,
  KeyedAnswer,
  KeyedSubmission,
  KeyedSubmissions,
  Placement,
  SubmissionKey,
} from '@holdfast/domain';
import { isDuplicateKey } from '../database/database-errors.ts';
import type { Attempt, Database, Row, Session, Transaction } from '../database/database.ts';
import { digestOf, fromBytes, toBytes } from '../database/identifiers.ts';
import { DELETE_KEYS, INSERT_KEYS, SELECT_KEYS, SELECT_OLD_KEYS, TELL_PLACED } from '../statements/idempotency.ts';
import { insertJobs, takenIds } from './job-submission.store.ts';
import { KeyHeldError } from './key-held-error.ts';
import { Placing, type Placements } from './placing.ts';

interface KeyRow extends Row {
  id: Buffer;
  request: Buffer;
  nonce: Buffer;
  job_ids: Buffer;
  placed: string | null;
  created_at: Date;
  traceparent: string | null;
}

/** A submission that tries to become what its key stands for. */
interface Candidate {
  readonly submission: KeyedSubmission;
  readonly id: Buffer;
  readonly nonce: Buffer;
}

const ID_BYTES = 16;

/** The truth about idempotency keys: a row for each, written in the transaction of its jobs. */
export class KeyedSubmissionStore implements KeyedSubmissions {
  constructor(private readonly database: Database) {}

  /** Together as a rule; one by one if some job's id is taken or its unique key held, so that the others still succeed. */
  async insert(submissions: readonly KeyedSubmission[]): Promise<readonly KeyedAnswer[]> {
    const candidates = submissions.map(toCandidate);
    try {
      return await this.insertFirsts(candidates);
    } catch (error) {
      if (!isDuplicateKey(error) && !(error instanceof KeyHeldError)) throw error;
    }
    const answers: KeyedAnswer[] = [];
    for (const candidate of candidates) answers.push(await this.insertUnlessTaken(candidate));
    return answers;
  }

  async find(key: SubmissionKey): Promise<FirstSubmission | undefined> {
    const [row] = await this.database.rows<KeyRow>(SELECT_KEYS, [[digestOf(key.tenant, key.key)]]);
    return row && toFirst(row);
  }

  /** @returns how many keys older than this were forgotten, at most `limit` */
  async prune(olderThanSeconds: number, limit: number): Promise<number> {
    const rows = await this.database.rows<Row & { id: Buffer }>(SELECT_OLD_KEYS, [olderThanSeconds, limit]);
    if (rows.length === 0) return 0;
    return this.database.change(DELETE_KEYS, [rows.map(({ id }) => id).sort((a, b) => a.compare(b))]);
  }

  private async insertUnlessTaken(candidate: Candidate): Promise<KeyedAnswer> {
    try {
      const [answer] = await this.insertFirsts([candidate]);
      if (!answer) throw new Error('An insert of one submission answers one.');
      return answer;
    } catch (error) {
      if (error instanceof KeyHeldError) return { kind: 'held', wantedBy: error.wantedBy, holder: error.holder };
      if (!isDuplicateKey(error)) throw error;
      return { kind: 'taken', ids: await takenIds(this.database, candidate.submission.jobs) };
    }
  }

  private async insertFirsts(candidates: readonly Candidate[]): Promise<KeyedAnswer[]> {
    const placing = new Placing();
    return this.database.transaction(async (session, attempt) => {
      const rows = await claimKeys(session, candidates);
      const isFirst = ({ id, nonce }: Candidate): boolean => rows.get(id.toString('hex'))?.nonce.equals(nonce) ?? false;
      const placements = await insertFirstJobs(session, candidates.filter(isFirst), attempt, placing);
      return candidates.map((candidate): KeyedAnswer => {
        const row = rows.get(candidate.id.toString('hex'));
        if (row && !isFirst(candidate)) return { kind: 'repeated', first: toFirst(row) };
        return { kind: 'inserted', placements: placements?.get(candidate.submission.jobs) };
      });
    });
  }
}

/** @returns what became of the jobs; undefined: all were made, as those without a unique key are */
async function insertFirstJobs(
  session: Transaction,
  firsts: readonly Candidate[],
  attempt: Attempt,
  placing: Placing,
): Promise<Placements | undefined> {
  if (firsts.length === 0) return undefined;
  const submissions = firsts.map(({ submission }) => submission.jobs);
  if (!submissions.flat().some(({ unique }) => unique)) {
    await insertJobs(session, submissions, attempt);
    return undefined;
  }
  const placements = await placing.place(session, submissions, attempt);
  for (const { id, submission } of firsts) await tellPlaced(session, id, placements.get(submission.jobs) ?? []);
  return placements;
}

/** A repetition is answered with the jobs that the first was answered with. */
async function tellPlaced(session: Session, id: Buffer, placements: readonly Placement[]): Promise<void> {
  if (placements.every(({ kind }) => kind === 'made')) return;
  const jobIds = Buffer.concat(placements.map((each) => toBytes(each.id)));
  await session.change(TELL_PLACED, [jobIds, JSON.stringify(placements.map(({ kind }) => kind)), id]);
}

/** In the order of the keys, so that no two transactions wait for each other's. @returns who has each key now */
async function claimKeys(session: Session, candidates: readonly Candidate[]): Promise<Map<string, KeyRow>> {
  const sorted = [...candidates].sort((a, b) => a.id.compare(b.id));
  await session.change(INSERT_KEYS, [sorted.map(toRow)]);
  const rows = await session.rows<KeyRow>(SELECT_KEYS, [sorted.map(({ id }) => id)]);
  return new Map(rows.map((row) => [row.id.toString('hex'), row]));
}

function toCandidate(submission: KeyedSubmission): Candidate {
  return { submission, id: digestOf(submission.key.tenant, submission.key.key), nonce: randomBytes(ID_BYTES) };
}

function toRow({ submission: { key, jobs }, id, nonce }: Candidate): unknown[] {
  const [job] = jobs;
  const jobIds = Buffer.concat(jobs.map((each) => toBytes(each.id)));
  const createdAt = new Date(job?.createdAt ?? 0);
  return [id, Buffer.from(key.request, 'hex'), nonce, jobIds, createdAt, job?.traceparent ?? null];
}

function toFirst({ request, job_ids, placed: text, created_at, traceparent }: KeyRow): FirstSubmission {
  const jobIds = Array.from({ length: job_ids.length / ID_BYTES }, (_, index) =>
    fromBytes(job_ids.subarray(index * ID_BYTES, (index + 1) * ID_BYTES)),
  );
  const createdAt = created_at.getTime();
  const placed = text === null ? undefined : (JSON.parse(text) as Placement['kind'][]);
  return { request: request.toString('hex'), jobIds, placed, createdAt, traceparent: traceparent ?? undefined };
}
