/**
 * BatchCheck: what a topic asks of its records beyond what Kafka asks. Looks into a batch beside the turn, so that nobody else waits.
 *
 * One is made of the settings that count now, and a batch keeps the one that it met when it arrived.
 */
import { KafkaError, type RecordBatch, RecordsRefused, type RefusedRecord } from '../protocol/index.ts';

/** What became of a batch. `refused` names at most the first hundred. */
export type Looked =
  | { readonly kind: 'fine' }
  /** The batch must not be appended. */
  | { readonly kind: 'refused'; readonly refused: readonly RefusedRecord[]; readonly count: number }
  /** Nobody could look: it must not be appended either, and this is why. */
  | { readonly kind: 'unseen'; readonly error: unknown }
  /** `rest` is the batch without the refused records, `dead` a new one made of them: both go into the log, or none. */
  | { readonly kind: 'parted'; readonly rest: Buffer; readonly dead: Buffer };

export interface BatchCheck {
  /** Where the refused records go; undefined: back to their producer. */
  readonly deadLetterTopic: string | undefined;
  /** Rejects with a definite KafkaError where the batch cannot be looked at. */
  look(batch: RecordBatch, partition: number): Promise<Looked>;
}

/** Retriable: the client sends the batch again, and it meets the settings that count by then. */
export function settingsChanged(): KafkaError {
  return new KafkaError(
    'NOT_LEADER_OR_FOLLOWER',
    'the settings of the topic changed while the batch was checked',
  );
}

/** Throws why the batch must not be appended. A batch that is in the log already is told so before: its first sending was fine. */
export function refuseBy(looked: Looked | undefined): void {
  if (looked?.kind === 'refused') throw new RecordsRefused('INVALID_RECORD', looked.refused, looked.count);
  if (looked?.kind === 'unseen') throw looked.error;
}
