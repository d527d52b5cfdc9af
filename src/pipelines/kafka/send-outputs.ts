/** Outputs as messages of the library: one for each partition, with all its records; in rounds, where they would be too large. */
import type { MessageToProduce } from '@platformatic/kafka';
import type { Transaction } from '../log-client.ts';
import { refusedOutput } from '../refused-output.ts';
import { PartitionRecords } from './batch-producer.ts';
import { apiErrors } from './errors.ts';

/** What goes into one batch at most, far below `max.message.bytes` of any broker. */
const BATCH_BYTES = 512 * 1024;
const RECORD_OVERHEAD_BYTES = 64;

type Output = Transaction['outputs'][number];
export type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer>;

/** Round after round. Throws `PipelineFailed` where a topic refuses them for good. */
export async function sendOutputs(
  outputs: readonly Output[],
  send: (messages: Message[]) => Promise<unknown>,
): Promise<void> {
  for (const messages of rounds(outputs))
    try {
      await send(messages);
    } catch (error) {
      const topics = [...new Set(messages.map(({ topic }) => topic))].join(', ');
      const names = [...apiErrors(error)];
      throw refusedOutput(names, topics, names.join(', ')) ?? error;
    }
}

function* rounds(outputs: readonly Output[]): Iterable<Message[]> {
  const waiting = byPartition(outputs).map((records) => ({ records, from: 0 }));
  for (let left = waiting; left.length > 0; left = left.filter(({ records, from }) => from < records.length))
    yield left.map((part) => {
      const { topic, partition } = part.records[0]!;
      const records = part.records.slice(part.from, endOf(part));
      part.from += records.length;
      return { topic, partition, value: new PartitionRecords(records) as never };
    });
}

/** In their order. Mostly one goes where the one before it went. */
function byPartition(outputs: readonly Output[]): Output[][] {
  const partitions = new Map<string, Output[]>();
  let records: Output[] = [];
  for (const output of outputs) {
    const { topic, partition } = output;
    const [before] = records;
    if (before === undefined || before.partition !== partition || before.topic !== topic) {
      const place = `${topic}/${partition}`;
      records = partitions.get(place) ?? [];
      if (records.length === 0) partitions.set(place, records);
    }
    records.push(output);
  }
  return [...partitions.values()];
}

/** Behind as many as go into one batch. */
function endOf({ records, from }: { readonly records: readonly Output[]; readonly from: number }): number {
  let bytes = 0;
  let end = from;
  for (; end < records.length; end++) {
    const { key, value, headers } = records[end]!;
    bytes += (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES * (1 + headers.length);
    if (bytes > BATCH_BYTES && end > from) break;
  }
  return end;
}
