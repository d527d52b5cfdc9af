/**
 * CheckWork: what a thread does with a batch: opens it, looks at each record, and parts it where the topic wants dead letters.
 *
 *   batch 1 2 3 4   ->   rest 1 · 3 4 (offsets, sequence and codec as they came)   dead 2 (with what was wrong, as headers)
 */
import type { Work } from '../env/index.ts';
import {
  type BatchRecord,
  emptyBatch,
  encodeBatch,
  forEachRecord,
  KafkaError,
  RecordBatch,
  type RefusedRecord,
  retainRecords,
  sliceRecords,
} from '../protocol/index.ts';
import { canonicalCheck } from './canonical-check.ts';
import { jsonSchemaCheck } from './json-schema.ts';
import { type CheckDefinition, type Objection, type RecordCheck, SETTING_OF } from './record-check.ts';

export interface CheckJob {
  /** Undefined: only whether the definition can be used. */
  readonly batch?: Uint8Array;
  readonly openedBytesMax?: number;
  /** Where the batch was sent to, for the headers of dead letters; undefined: refused records refuse the batch. */
  readonly from?: { readonly topic: string; readonly partition: number };
}

export type CheckResult =
  | { readonly kind: 'fine' }
  | { readonly kind: 'refused'; readonly refused: readonly RefusedRecord[]; readonly count: number }
  | { readonly kind: 'parted'; readonly rest: Uint8Array; readonly dead: Uint8Array }
  /** The batch cannot be opened. */
  | { readonly kind: 'corrupt'; readonly error: string; readonly detail: string };

/** Of so many refused records a producer hears by name; of the others by number. */
const NAMED_MAX = 100;
/** Records in one batch: what is made of them must fit into a thread's heap. Beyond it the producer splits the batch. */
const RECORDS_MAX = 250_000;
/** Headers of one record, for the same reason. */
const HEADERS_MAX = 10_000;
const FINE: CheckResult = { kind: 'fine' };

interface Refused {
  readonly record: BatchRecord;
  readonly objection: Objection;
}

export const CHECK_WORK: Work<CheckDefinition, CheckJob, CheckResult> = { module: import.meta.url, prepare };

export function prepare(definition: CheckDefinition): (job: CheckJob) => CheckResult {
  const { kind, text } = definition;
  const check = kind === 'schema' ? jsonSchemaCheck(text) : canonicalCheck(text);
  return (job) => {
    if (job.batch === undefined) return FINE;
    try {
      return look(definition, check, job.batch, job);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      return { kind: 'corrupt', error: error.errorName, detail: error.explanation };
    }
  };
}

function look(
  definition: CheckDefinition,
  check: RecordCheck,
  bytes: Uint8Array,
  job: CheckJob,
): CheckResult {
  const batch = RecordBatch.at(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
  const setting = SETTING_OF[definition.kind];
  if (batch.recordCount > RECORDS_MAX)
    throw new KafkaError(
      'MESSAGE_TOO_LARGE',
      `${batch.recordCount} records in a batch, a topic with ${setting} takes ${RECORDS_MAX}`,
    );
  const objections = new Map<number, Refused>();
  const visit = (record: BatchRecord, index: number) => {
    const objection = check(record);
    if (objection !== undefined) objections.set(index, { record, objection });
  };
  forEachRecord(batch, job.openedBytesMax!, visit, HEADERS_MAX);
  if (objections.size === 0) return FINE;
  if (job.from !== undefined) {
    const rest = withoutRefused(batch, objections, job.openedBytesMax!);
    return { kind: 'parted', rest, dead: deadLetters(objections, job.from, setting) };
  }
  const refused = [...objections].slice(0, NAMED_MAX).map(([index, { objection }]) => ({
    index,
    why: `does not fit ${setting}: ${objection.field} ${objection.reason}`,
  }));
  return { kind: 'refused', refused, count: objections.size };
}

function withoutRefused(batch: RecordBatch, objections: ReadonlyMap<number, Refused>, limit: number): Buffer {
  const kept = sliceRecords(batch, limit).filter((_, index) => !objections.has(index));
  return kept.length === 0 ? emptyBatch(batch) : retainRecords(batch, kept, undefined);
}

function deadLetters(
  objections: ReadonlyMap<number, Refused>,
  from: NonNullable<CheckJob['from']>,
  setting: string,
): Buffer {
  const dead = [...objections.values()].map(({ record, objection: { field, reason } }) => {
    const { key, value, headers, timestamp } = record;
    const told = { topic: from.topic, partition: String(from.partition), check: setting, field, reason };
    const added = Object.entries(told).map(
      ([name, text]) => [`gregor-dead-${name}`, Buffer.from(text)] as const,
    );
    return { key, value, timestamp, headers: [...headers, ...added] };
  });
  return encodeBatch({ records: dead });
}
