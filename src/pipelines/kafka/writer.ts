/** TransactionalWriter: one transactional id. Records, state and offsets of a commit are one transaction. */
import type { MessageToProduce, Producer } from '@platformatic/kafka';
import { assert } from '../../base/index.ts';
import type { Transaction, Writer } from '../log-client.ts';
import { refusedOutput } from '../refused-output.ts';
import { apiErrors } from './errors.ts';
import { PartitionRecords } from './batch-producer.ts';
import { GroupMembership } from './membership.ts';

/** What goes into one batch at most, far below `max.message.bytes` of any broker. */
const BATCH_BYTES = 512 * 1024;
const RECORD_OVERHEAD_BYTES = 64;

type Output = Transaction['outputs'][number];
type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer>;

export class TransactionalWriter implements Writer {
  readonly #producer: Producer<Buffer, Buffer, Buffer, Buffer>;

  private constructor(producer: Producer<Buffer, Buffer, Buffer, Buffer>) {
    this.#producer = producer;
  }

  /** Fences the earlier owner, and ends its transaction. */
  static async open(producer: Producer<Buffer, Buffer, Buffer, Buffer>): Promise<TransactionalWriter> {
    const writer = new TransactionalWriter(producer);
    try {
      await (await producer.beginTransaction()).cancel();
      return writer;
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  async commit({ outputs, membership, positions }: Transaction): Promise<void> {
    assert(membership instanceof GroupMembership, 'a membership of another log');
    const { consumer } = membership;
    const transaction = await this.#producer.beginTransaction();
    for (const messages of batches(outputs))
      try {
        await transaction.send({ messages });
      } catch (error) {
        const topics = [...new Set(messages.map(({ topic }) => topic))].join(', ');
        const names = [...apiErrors(error)];
        const refused = refusedOutput(names, topics, `${names.join(', ')} (${String(error)})`);
        if (refused === undefined) throw error;
        await transaction.abort().catch(() => undefined); // its time-out does the same, later
        throw refused;
      }
    if (positions.length > 0) {
      await transaction.addConsumer(consumer);
      const { groupId, generationId, memberId, coordinatorId } = consumer;
      const metadata = { consumer: { groupId, generationId, memberId, coordinatorId } };
      // The library adds one: it is made for the last message that was processed.
      for (const { topic, partition, offset } of positions)
        await transaction.addOffset({ topic, partition, offset: BigInt(offset - 1), metadata } as never);
    }
    await transaction.commit();
  }

  async close(): Promise<void> {
    await this.#producer.close(true).catch(() => undefined); // nothing hangs on it: a successor fences this one
  }
}

/** One message for each partition, all its records in it; more than one round where they would be too large. */
function* batches(outputs: readonly Output[]): Iterable<Message[]> {
  const partitions = Map.groupBy(outputs, ({ topic, partition }) => `${topic}/${partition}`);
  const waiting = [...partitions.values()].map((records) => ({ records, from: 0 }));
  for (let left = waiting; left.length > 0; left = left.filter(({ records, from }) => from < records.length))
    yield left.map((part) => {
      const { topic, partition } = part.records[0]!;
      const records = part.records.slice(part.from, endOf(part));
      part.from += records.length;
      return { topic, partition, value: new PartitionRecords(records) as never };
    });
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
