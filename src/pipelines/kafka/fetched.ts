/** From a partition's answer to a fetch to records. The library leaves those of aborted transactions in; here they are left out. */
import type { Consumer } from '@platformatic/kafka';
import { committedBatches } from '../../base/index.ts';
import type { LogRecord } from '../../streams/index.ts';
import type { Fetched, Position } from '../log-client.ts';

type Response = Awaited<ReturnType<Consumer['fetch']>>;
type Answer = Response['responses'][number]['partitions'][number];
type Batch = NonNullable<Answer['records']>[number];

const LOG_APPEND_TIME = 0x08;

/** Undefined: there was nothing. */
export function fetchedOf(answer: Answer, from: Position): Fetched | undefined {
  const batches = answer.records ?? [];
  const last = batches.at(-1);
  const next = last === undefined ? from.offset : Number(last.firstOffset) + last.lastOffsetDelta + 1;
  if (next <= from.offset) return undefined;
  const records: LogRecord[] = [];
  for (const batch of committedBatches(batches, answer.abortedTransactions ?? [])) take(batch, from, records);
  return { ...from, records, next };
}

/** A batch may begin before the offset that was asked for. */
function take(batch: Batch, { topic, partition, offset: from }: Position, records: LogRecord[]): void {
  const isAppendTime = (batch.attributes & LOG_APPEND_TIME) !== 0;
  for (const { key, value, headers, offsetDelta, timestampDelta } of batch.records) {
    const offset = Number(batch.firstOffset) + offsetDelta;
    if (offset < from) continue;
    const timestamp = isAppendTime ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta;
    const pairs = headers.map(([name, content]) => ({ key: name?.toString() ?? '', value: content }));
    records.push({ topic, partition, offset, timestampMs: Number(timestamp), key, value, headers: pairs });
  }
}
