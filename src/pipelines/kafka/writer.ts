/** TransactionalWriter: one transactional id. Records, state and offsets of a commit are one transaction. */
import type { Producer } from '@platformatic/kafka';
import { assert } from '../../base/index.ts';
import { PipelineFailed } from '../../streams/index.ts';
import type { Transaction, Writer } from '../log-client.ts';
import { GroupMembership } from './membership.ts';
import { sendOutputs } from './send-outputs.ts';

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
    try {
      await sendOutputs(outputs, (messages) => transaction.send({ messages }));
    } catch (error) {
      if (error instanceof PipelineFailed) await transaction.abort().catch(() => undefined); // its time-out does the same, later
      throw error;
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
