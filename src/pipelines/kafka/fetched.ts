/**
 * From a partition's answer to a fetch to records: batches of aborted transactions are left out, by the list that the broker
 * sends with them; markers too. The library leaves both in.
 */
import type { Consumer } from '@platformatic/kafka';
import type { LogRecord } from '../../streams/index.ts';
import type { Fetched, Position } from '../log-client.ts';

type Response = Awaited<ReturnType<Consumer['fetch']>>;
type Answer = Response['responses'][number]['partitions'][number];
type Batch = NonNullable<Answer['records']>[number];

const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const LOG_APPEND_TIME = 0x08;
const ABORT_MARKER = 0;

/** Undefined: there was nothing. */
export function fetchedOf(answer: Answer, from: Position): Fetched | undefined {
  const aborted = [...(answer.abortedTransactions ?? [])].sort((a, b) =>
    a.firstOffset < b.firstOffset ? -1 : 1,
  );
  const aborting = new Set<bigint>();
  const records: LogRecord[] = [];
  let next = from.offset;
  for (const batch of answer.records ?? []) {
    const last = Number(batch.firstOffset) + batch.lastOffsetDelta;
    while (aborted[0] !== undefined && Number(aborted[0].firstOffset) <= last)
      aborting.add(aborted.shift()!.producerId);
    next = Math.max(next, last + 1);
    if ((batch.attributes & CONTROL) !== 0) {
      if (isAbort(batch)) aborting.delete(batch.producerId);
    } else if ((batch.attributes & TRANSACTIONAL) === 0 || !aborting.has(batch.producerId))
      take(batch, from, records);
  }
  return next === from.offset ? undefined : { ...from, records, next };
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

function isAbort(batch: Batch): boolean {
  const key = batch.records[0]?.key;
  return key !== null && key !== undefined && key.length >= 4 && key.readInt16BE(2) === ABORT_MARKER;
}
