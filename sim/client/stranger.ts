/**
 * Stranger: sends what is no request, breaks off in the middle of one, and sends batches that must be refused. It must never
 * be more than its own problem (V4), and what was refused must never be in the log (D4).
 */
import type { Random } from '../../src/env/index.ts';
import {
  encodeBatch,
  errorNameOf,
  metadataApi,
  produceApi,
  produceCertainty,
  requestFrame,
} from '../../src/protocol/index.ts';
import type { LogFacts } from '../history/facts.ts';
import type { History } from '../history/history.ts';
import { BROKER, type Link } from './bootstrap.ts';
import { Connection, Disconnected } from './connection.ts';

const PRODUCE_VERSION = 9;
const CRC_POSITION = 17;
const COUNT_POSITION = 57;

export class Stranger {
  readonly #link: Link;
  readonly #history: History;
  readonly #random: Random;
  readonly #log: LogFacts;
  #isStopping = false;
  #order = 0;

  constructor(link: Link, history: History, random: Random, log: LogFacts) {
    this.#link = link;
    this.#history = history;
    this.#random = random;
    this.#log = log;
  }

  stop(): void {
    this.#isStopping = true;
  }

  async run(): Promise<void> {
    const { clock } = this.#link.env;
    while (!this.#isStopping) {
      await clock.sleep(this.#random.below(300));
      try {
        const connection = await Connection.open(this.#link.env, BROKER, 'stranger');
        if (this.#random.below(2) === 0) await this.#sendBadBatch(connection);
        else {
          connection.sendRaw(this.#noRequest());
          await clock.sleep(this.#random.below(50));
        }
        connection.close();
      } catch (error) {
        if (!(error instanceof Disconnected)) throw error;
      }
    }
  }

  #noRequest(): Buffer {
    const header = { version: 12, correlationId: 1, clientId: 'stranger' };
    const request = { topics: null, allowAutoTopicCreation: false, includeTopicAuthorizedOperations: false };
    const frame = Buffer.concat(requestFrame(metadataApi, header, request));
    switch (this.#random.below(4)) {
      case 0:
        return Buffer.from(
          Array.from({ length: 1 + this.#random.below(200) }, () => this.#random.below(256)),
        );
      case 1:
        return frame.subarray(0, this.#random.below(frame.length));
      case 2:
        frame.writeInt32BE(0x7fff_ffff - this.#random.below(10), 0);
        return frame;
      default:
        frame[this.#random.below(frame.length)]! ^= 1 << this.#random.below(8);
        return frame;
    }
  }

  async #sendBadBatch(connection: Connection): Promise<void> {
    const log = this.#log;
    const value = `stranger-${this.#order}:`;
    const timestamp = this.#link.env.clock.now();
    const records = encodeBatch({
      records: [{ key: null, value: Buffer.from(value), headers: [], timestamp }],
    });
    records[this.#random.below(2) === 0 ? CRC_POSITION : COUNT_POSITION]! ^= 1;
    const batch = this.#history.batch({
      producer: 'stranger',
      kind: 'malformed',
      log,
      values: [value],
      keys: [null],
      timestamps: [timestamp],
      madeAt: timestamp,
      producerId: -1,
      baseSequence: -1,
      order: this.#order++,
    });
    const attempt = this.#history.sending(batch);
    const answer = await connection.send(
      produceApi,
      PRODUCE_VERSION,
      {
        acks: -1,
        timeoutMs: 10_000,
        topicData: [{ name: log.topic, partitionData: [{ index: log.partition, records: [records] }] }],
      },
      this.#link.patience.requestTimeoutMs,
    );
    const { errorCode, errorMessage } = answer.responses[0]!.partitionResponses[0]!;
    const error = errorNameOf(errorCode);
    if (error === 'NONE') this.#history.violated(`V4: ${log.name} took a batch whose checksum is wrong`);
    this.#history.refused(batch, attempt, error, produceCertainty(error, errorMessage ?? '') === 'definite');
  }
}
