/**
 * Copier: consumes one log, transforms, produces into others, and commits its offset in the transaction of the copies. Every
 * instance begins where the group stands, also when it has to open anew after an end whose answer was lost; after an abort it
 * seeks back to where its transaction began.
 */
import type { Random } from '../../src/env/index.ts';
import { errorNameOf, findCoordinatorApi, offsetFetchApi } from '../../src/protocol/index.ts';
import type { LogFacts } from '../history/facts.ts';
import type { History } from '../history/history.ts';
import type { CopyFacts } from '../history/transaction-facts.ts';
import type { Link } from './bootstrap.ts';
import { fetchOne } from './fetching.ts';
import type { Instance } from './succession.ts';
import { Fenced, TransactionalProducer } from './transactional-producer.ts';

const OFFSET_VERSION = 7;
const FIND_VERSION = 4;
const GROUP = 'copiers';
const DOZE_MS_MAX = 2_000;
const IDLE_MS = 20;

export class Copier implements Instance {
  readonly producer: TransactionalProducer;
  readonly #link: Link;
  readonly #history: History;
  readonly #random: Random;
  readonly #copy: CopyFacts;
  readonly #outputs: readonly LogFacts[];
  readonly #restlessness: number;
  #position = 0;
  isOver = false;
  isReplaced = false;
  #isSettling = false;

  constructor(
    link: Link,
    history: History,
    random: Random,
    producer: TransactionalProducer,
    { facts, outputs }: { readonly facts: CopyFacts; readonly outputs: readonly LogFacts[] },
    restlessness: number,
  ) {
    this.#link = link;
    this.#history = history;
    this.#random = random;
    this.producer = producer;
    this.#copy = facts;
    this.#outputs = outputs;
    this.#restlessness = restlessness;
  }

  toString(): string {
    return `copier ${this.producer.options.name} at ${this.#position} of ${this.#copy.input.acknowledgedEnd}`;
  }

  settle(): void {
    this.#isSettling = true;
  }

  async run(): Promise<void> {
    let hasVanished = false;
    while (!hasVanished)
      try {
        await this.producer.open();
        await this.#seekToCommitted();
        while (!hasVanished && !this.#isDone) hasVanished = await this.#step();
        break;
      } catch (error) {
        if (!(error instanceof Fenced)) throw error;
        if (this.isReplaced) break;
      }
    this.#link.drop();
    this.isOver = true;
  }

  /** The input is complete by then. */
  get #isDone(): boolean {
    return this.#isSettling && this.#position >= this.#copy.input.acknowledgedEnd;
  }

  /** One transaction, when there is something to copy. True: it has vanished in the middle. */
  async #step(): Promise<boolean> {
    const { clock } = this.#link.env;
    const { input } = this.#copy;
    const reading = await fetchOne(this.#link, this.#history, input, {
      reader: this.producer.options.name,
      offset: this.#position,
      isolation: 'read_committed',
      maxBytes: 1 + this.#random.below(10_000),
    });
    const records = typeof reading === 'string' ? [] : reading.batches.flatMap((batch) => batch.records);
    const fresh = records.filter(({ offset }) => offset >= this.#position);
    if (fresh.length === 0) {
      await clock.sleep(IDLE_MS);
      return false;
    }
    const transaction = this.producer.begin();
    const next = fresh.at(-1)!.offset + 1;
    const writes = new Map<LogFacts, string[]>();
    for (const { offset } of fresh) {
      const value = `${transaction.name}|copy of ${offset}`;
      transaction.sources.set(value, offset);
      const output = this.#outputs[offset % this.#outputs.length]!;
      writes.set(output, [...(writes.get(output) ?? []), value]);
    }
    await TransactionalProducer.all(
      Array.from(writes, ([log, values]) => this.producer.write(transaction, log, values)),
    );
    transaction.offset = next;
    await this.producer.commitOffset(GROUP, input, next);
    if (this.#isRestless()) await clock.sleep(this.#random.below(DOZE_MS_MAX));
    if (this.#isRestless() && this.#random.below(3) === 0) return true;
    const isCommit = this.#isSettling || this.#random.below(5) > 0;
    if (isCommit) this.#copy.askedOffsets.add(next);
    const isNewInstance = await this.producer.end(transaction, isCommit);
    if (isCommit) {
      this.#copy.committedOffset = Math.max(this.#copy.committedOffset, next);
      this.#position = next;
    }
    if (isNewInstance) await this.#seekToCommitted();
    return false;
  }

  async #seekToCommitted(): Promise<void> {
    this.#position = await committedOffset(this.#link, this.#history, this.#copy);
  }

  #isRestless(): boolean {
    return !this.#isSettling && this.#random.next() < this.#restlessness;
  }
}

/** Where the group stands, once no open transaction may change it. */
export async function committedOffset(link: Link, history: History, copy: CopyFacts): Promise<number> {
  const { topic, partition } = copy.input;
  const request = {
    groupId: GROUP,
    topics: [{ name: topic, partitionIndexes: [partition] }],
    requireStable: true,
  };
  for (;;) {
    const floor = copy.committedOffset;
    const answer = await link.ask((connection, timeoutMs) =>
      connection.send(offsetFetchApi, OFFSET_VERSION, request, timeoutMs),
    );
    const told = answer.topics[0]?.partitions[0];
    const error = errorNameOf(answer.errorCode === 0 ? (told?.errorCode ?? 0) : answer.errorCode);
    if (error === 'NONE') {
      history.resumed(copy, told!.committedOffset, floor);
      return Math.max(0, told!.committedOffset);
    }
    if (error === 'COORDINATOR_NOT_AVAILABLE')
      await link.ask((connection, timeoutMs) =>
        connection.send(
          findCoordinatorApi,
          FIND_VERSION,
          { keyType: 0, coordinatorKeys: [GROUP] },
          timeoutMs,
        ),
      );
    else if (error !== 'UNSTABLE_OFFSET_COMMIT' && !error.startsWith('COORDINATOR'))
      history.violated(`C4: OffsetFetch of ${GROUP} was refused with ${error}`);
    await link.pause();
  }
}
