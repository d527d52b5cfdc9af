/** TransactionalWriter: one transactional id. Records, state and offsets of a commit are one transaction. */
import type { MessageToProduce, Producer } from '@platformatic/kafka';
import { assert } from '../../base/index.ts';
import type { Transaction, Writer } from '../log-client.ts';
import { refusedOutput } from '../refused-output.ts';
import { apiErrors } from './errors.ts';
import { GroupMembership } from './membership.ts';

/** What goes into one batch at most, far below `max.message.bytes` of any broker. */
const BATCH_BYTES = 512 * 1024;
const RECORD_OVERHEAD_BYTES = 64;

type Output = Transaction['outputs'][number];
type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer>;

export class TransactionalWriter implements Writer {
  readonly #producer: Producer;

  private constructor(producer: Producer) {
    this.#producer = producer;
  }

  /** Fences the earlier owner, and ends its transaction. */
  static async open(producer: Producer): Promise<TransactionalWriter> {
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

function* batches(outputs: readonly Output[]): Iterable<Message[]> {
  let messages: Message[] = [];
  let bytes = 0;
  for (const output of outputs) {
    const size = (output.key?.length ?? 0) + (output.value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
    if (bytes + size > BATCH_BYTES && messages.length > 0) {
      yield messages;
      messages = [];
      bytes = 0;
    }
    bytes += size;
    messages.push(messageOf(output));
  }
  if (messages.length > 0) yield messages;
}

/** The library writes null for what is absent. */
function messageOf({ topic, partition, key, value, headers, timestampMs }: Output): Message {
  return {
    topic,
    partition,
    ...(key === null ? {} : { key }),
    ...(value === null ? {} : { value }),
    headers: new Map(headers.map((header) => [Buffer.from(header.key), header.value as Buffer])),
    timestamp: BigInt(timestampMs),
  };
}
