/**
 * Normalise: an answer as a value that two brokers can agree on, and that can be kept as JSON.
 *
 *   volatile fields     '<id>', '<host>', …: what differs from start to start; whether it is there stays visible
 *   producer ids        '<producer>', '<producer 2>', … in the order in which a script's answers tell them
 *   texts for people    '<text>' or null: the words are each broker's own
 *   record batches      as their headers and records
 *   order of arrays     by what names their elements: Kafka answers some of them in the order of a hash table
 */
import {
  type BatchRecord,
  decodeRecords,
  type KafkaError,
  RecordBatch,
  ZERO_UUID,
} from '../../src/protocol/index.ts';

const OPENED_BYTES_MAX = 1 << 20;
/** Of a batch: its base offset and its length, which counts what follows. */
const PREFIX_BYTES = 12;
const LENGTH_AT = 8;
/** Younger than this is "now"; scripts that give timestamps give older ones. */
const NOW_SINCE = Date.UTC(2026, 0, 1);

const VOLATILE: Readonly<Record<string, (value: unknown) => unknown>> = {
  host: (value) => (value === '' ? '' : '<host>'),
  port: (value) => (Number(value) > 0 ? '<port>' : value),
  clientHost: (value) => (value === '' ? '' : '<host>'),
  clusterId: (value) => (value === null ? null : '<cluster>'),
  errorMessage: text,
  batchIndexErrorMessage: text,
  documentation: text,
  sessionId: (value) => (value === 0 ? 0 : '<session>'),
  finalizedFeaturesEpoch: () => '<epoch>',
  memberId: member,
  leader: member,
  subscribedTopicNames: (value) => [...(value as string[])].sort(), // a set
};
const MADE_BY_BROKER = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** What names an element of an array, by the name of the property; the first that all elements have. */
const NAMES = [
  'name',
  'topic',
  'topicName',
  'resourceName',
  'groupId',
  'key',
  'topicId',
  'partitionIndex',
  'partition',
  'index',
  'apiKey',
  'transactionalId',
  'groupInstanceId',
  'memberId',
] as const;

/** The producer ids of one script, in the order in which they came up. */
export class Producers {
  readonly #ids: number[] = [];

  nameOf(id: number): unknown {
    if (id < 0) return id;
    if (!this.#ids.includes(id)) this.#ids.push(id);
    const place = this.#ids.indexOf(id);
    return place === 0 ? '<producer>' : `<producer ${place + 1}>`;
  }
}

export function normalise(answer: unknown, producers = new Producers()): unknown {
  return value('', answer, producers);
}

function value(name: string, of: unknown, producers: Producers): unknown {
  if (Buffer.isBuffer(of)) return name === 'records' ? batches(of, producers) : { hex: of.toString('hex') };
  if (Array.isArray(of)) return sorted(name, of).map((element) => value(name, element, producers));
  if (typeof of === 'object' && of !== null)
    return Object.fromEntries(
      Object.entries(of).map(([key, inner]) => [key, property(key, inner, producers)]),
    );
  return of;
}

function property(name: string, of: unknown, producers: Producers): unknown {
  if (name === 'producerId') return producers.nameOf(Number(of));
  const replace = VOLATILE[name];
  if (replace !== undefined) return replace(of);
  if (typeof of === 'string' && /^[0-9a-f]{32}$/.test(of)) return of === ZERO_UUID ? '<no id>' : '<id>';
  if (typeof of === 'number' && of > NOW_SINCE) return '<now>';
  return value(name, of, producers);
}

function text(of: unknown): unknown {
  return of === null ? null : '<text>';
}

/** Member ids that the broker made end in a UUID; others are the script's own. */
function member(of: unknown): unknown {
  return typeof of === 'string' ? of.replace(MADE_BY_BROKER, '<uuid>') : of;
}

/** The property that names the elements of an array; undefined when none does. */
export function nameOfElements(elements: readonly unknown[]): string | undefined {
  const areObjects = elements.every((element) => typeof element === 'object' && element !== null);
  if (!areObjects || elements.length === 0) return undefined;
  // A name that all share names nothing: answers by topic id have empty topic names.
  return NAMES.find(
    (name) =>
      elements.every((element) => name in element) &&
      (name !== 'memberId' ||
        !elements.some((element) => MADE_BY_BROKER.test(String((element as Branch)[name])))) &&
      (elements.length === 1 || elements.some((element) => !isBlank((element as Branch)[name]))),
  );
}

type Branch = Readonly<Record<string, unknown>>;
const isBlank = (name: unknown) => name === '' || name === null || name === ZERO_UUID;

function sorted(of: string, elements: readonly unknown[]): readonly unknown[] {
  if (of === 'partitions' && elements.every((element) => typeof element === 'number'))
    return [...(elements as number[])].sort((a, b) => a - b);
  const name = of === 'activeProducers' ? 'producerId' : nameOfElements(elements);
  if (name === undefined) return elements;
  // Stable: elements of one name keep the order of the answer.
  return [...(elements as Branch[])].sort((a, b) => compareNames(a[name], b[name]));
}

function compareNames(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The last batch of a fetch answer may be cut off: that it is there at all depends on the size of what came before. */
function batches(bytes: Buffer, producers: Producers): unknown {
  const all: unknown[] = [];
  for (let position = 0; position < bytes.length; ) {
    const left = bytes.length - position;
    if (left < PREFIX_BYTES || left < PREFIX_BYTES + bytes.readInt32BE(position + LENGTH_AT)) break;
    const batch = RecordBatch.at(bytes, position);
    all.push(described(batch, producers));
    position += batch.sizeInBytes;
  }
  return all;
}

function described(batch: RecordBatch, producers: Producers): unknown {
  const {
    baseOffset,
    leaderEpoch,
    compression,
    timestampType,
    producerEpoch,
    baseSequence,
    isTransactional,
    isControl,
  } = batch;
  const producerId = producers.nameOf(batch.producerId);
  return {
    baseOffset,
    leaderEpoch,
    compression,
    timestampType,
    producerId,
    producerEpoch,
    baseSequence,
    isTransactional,
    isControl,
    records: opened(batch),
  };
}

function opened(batch: RecordBatch): unknown {
  let records: BatchRecord[];
  try {
    records = decodeRecords(batch, OPENED_BYTES_MAX);
  } catch (error) {
    return `<${(error as KafkaError).errorName}>`;
  }
  return records.map(({ offset, timestamp, key, value: content, headers }) => ({
    offset,
    timestamp: timestamp > NOW_SINCE ? '<now>' : timestamp,
    key: key?.toString('hex') ?? null,
    value: content?.toString('hex') ?? null,
    headers: headers.map(([header, held]) => [header, held?.toString('hex') ?? null]),
  }));
}
