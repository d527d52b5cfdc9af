/**
 * BatchProducer: the library's producer, but for two things: what it is given as a message is all records of one partition, and they
 * become bytes here. The library makes a dozen buffers of every record; that was more than half of what a pipeline cost.
 *
 *   send([one PartitionRecords for each partition]) -> retries, leaders, connections: the library -> Produce: here
 *
 *   B1  a batch is encoded once for each producer id and epoch, with its sequence: a retry sends the same bytes
 *   B2  sequences begin at 0 with each new id or epoch (KIP-360, KIP-890)
 */
import type { Producer, ProducerOptions } from '@platformatic/kafka';
import { encodeBatch, produceApi } from '../../protocol/index.ts';
import type { Output } from '../../streams/index.ts';

type Library = typeof import('@platformatic/kafka');
type Bytes = Buffer;
type BytesProducer = Producer<Bytes, Bytes, Bytes, Bytes>;
/** What the library knows when a request is sent. */
interface ProduceOptions {
  readonly transactionalId?: string;
  readonly producerId?: bigint;
  readonly producerEpoch?: number;
}
interface Message {
  readonly topic: string;
  readonly partition: number;
  /** PartitionRecords. */
  readonly value: unknown;
}
type Answered = (error: Error | null, response?: unknown) => void;
interface Connection {
  send(key: number, version: number, payload: () => unknown, ...rest: readonly unknown[]): void;
}
interface Api {
  readonly version: number;
}
type FindApi = (name: string, callback: (error: Error | null, api?: Api) => void) => void;
type Body = (
  version: number,
  acks: number,
  timeoutMs: number,
  messages: readonly Message[],
  options: ProduceOptions,
) => unknown;

const SEQUENCES = 2 ** 31;
const NO_HEADERS: readonly (readonly [string, Buffer | null])[] = [];

/** Records of one partition, as the library carries them about. */
export class PartitionRecords {
  readonly records: readonly Output[];
  #encoded: { readonly bytes: Buffer; readonly owner: string } | undefined;

  constructor(records: readonly Output[]) {
    this.records = records;
  }

  /** `owner`: producer id and epoch. `sequenceOf`: takes so many sequence numbers and answers the first. */
  bytes(
    owner: string,
    { producerId = -1n, producerEpoch = -1, transactionalId }: ProduceOptions,
    sequenceOf: () => number,
  ): Buffer {
    if (this.#encoded?.owner !== owner) {
      const records = this.records.map(({ key, value, headers, timestampMs: timestamp }) => ({
        key,
        value,
        headers: headers.length === 0 ? NO_HEADERS : headers.map((one) => [one.key, one.value] as const),
        timestamp,
      }));
      const producer = { producerId: Number(producerId), producerEpoch, baseSequence: sequenceOf() };
      const isTransactional = transactionalId !== undefined;
      this.#encoded = { owner, bytes: encodeBatch({ records, ...producer, isTransactional }) };
    }
    return this.#encoded.bytes;
  }
}

export function batchProducer(
  library: Library,
  options: ProducerOptions<Bytes, Bytes, Bytes, Bytes>,
): BytesProducer {
  const producer: BytesProducer = new library.Producer(options);
  const sequences = new Sequences();
  const methods = producer as unknown as Record<symbol, FindApi>;
  const find = methods[library.kGetApi]!.bind(producer);
  methods[library.kGetApi] = (name, callback) =>
    find(name, (error, api) => {
      const isOurs = name === 'Produce' && api !== undefined;
      callback(error, isOurs ? produce(library, api.version, body) : api);
    });
  return producer;

  function body(
    version: number,
    acks: number,
    timeoutMs: number,
    messages: readonly Message[],
    known: ProduceOptions,
  ) {
    const owner = sequences.owner(known);
    const topicData = [...Map.groupBy(messages, ({ topic }) => topic)].map(([topic, parts]) => ({
      name: topic,
      partitionData: parts.map(({ partition: index, value }) => {
        const batch = value as PartitionRecords;
        const take = () => sequences.take(`${topic}/${index}`, batch.records.length);
        return { index, records: batch.bytes(owner, known, take) };
      }),
    }));
    const transactionalId = known.transactionalId ?? null;
    return library.Writer.create().append(
      produceApi.request.encode(version, { transactionalId, acks, timeoutMs, topicData }),
    );
  }
}

/** The library's call with our body. */
function produce(library: Library, version: number, body: Body): Api {
  const { parseResponse } = library[`produceV${version}` as 'produceV9'];
  const isFlexible = produceApi.request.isFlexible(version);
  const call = (
    connection: Connection,
    acks: number,
    timeoutMs: number,
    messages: readonly Message[],
    options: ProduceOptions,
    callback: Answered,
  ) => {
    const payload = () => body(version, acks, timeoutMs, messages, options);
    connection.send(produceApi.key, version, payload, parseResponse, isFlexible, isFlexible, callback);
  };
  return Object.assign(call, { version });
}

/** The next sequence number of each partition. */
class Sequences {
  readonly #next = new Map<string, number>();
  #owner = '';

  owner({ producerId, producerEpoch }: ProduceOptions): string {
    const owner = `${producerId}/${producerEpoch}`;
    if (owner !== this.#owner) this.#next.clear();
    this.#owner = owner;
    return owner;
  }

  take(place: string, count: number): number {
    const first = this.#next.get(place) ?? 0;
    this.#next.set(place, (first + count) % SEQUENCES);
    return first;
  }
}
