/**
 * produce: records from the command line or from lines, in batches, each acknowledged before the next but one is read.
 *
 *   standard input -> lines -> at most 1,000 records or 512 KiB, or what came within 50 ms -> send -> offsets
 *
 * One batch is in flight at a time: the order of the lines is the order in each partition.
 */
import { partitionOfKey } from '../../base/index.ts';
import type { ProduceOptions } from '../commands/produce.ts';
import { usageError } from '../exit-codes.ts';
import { countText } from '../text.ts';
import { printDone } from './answers.ts';
import { lines } from './lines.ts';
import { type ParsedRecord, parseRecordJson } from './record-json.ts';
import { type BytesProducer, withProducer } from './session.ts';
import { requireTopic } from './topics.ts';

const BATCH_RECORDS_MAX = 1000;
const BATCH_BYTES_MAX = 512 * 1024;
const LINGER_MS = 50;

/** Where records of one run went, by partition. */
type Places = Map<number, { first: number; last: number; count: number }>;

export async function produce(
  topic: string,
  value: string | undefined,
  options: ProduceOptions,
): Promise<void> {
  checkOptions(value, options);
  const acks = options.acks === 'all' ? -1 : Number(options.acks);
  const settings = { acks, compression: options.compression, idempotent: acks === -1 };
  await withProducer(options, `produce to ${topic}`, settings, async (producer) => {
    const { partitions } = await requireTopic(producer, topic, { create: options.create });
    const target = new Target(producer, topic, partitions.length, fixedPartition(options, partitions.length));
    if (value !== undefined || options.tombstone === true)
      await target.send([recordOf(value ?? null, options)]);
    else await sendLines(target, options);
    report(topic, target.places);
  });
}

/** Sends batches to one topic and remembers where they went. */
class Target {
  readonly places: Places = new Map();
  readonly #producer: BytesProducer;
  readonly #topic: string;
  readonly #partitionCount: number;
  readonly #fixed: number | undefined;
  #turn: number;

  constructor(producer: BytesProducer, topic: string, partitionCount: number, fixed: number | undefined) {
    this.#producer = producer;
    this.#topic = topic;
    this.#partitionCount = partitionCount;
    this.#fixed = fixed;
    this.#turn = Math.floor(Math.random() * partitionCount);
  }

  /** Records without a key stay together: one partition for each batch. */
  async send(records: readonly ParsedRecord[]): Promise<void> {
    const turn = this.#turn++ % this.#partitionCount;
    const partitionOf = (key: Buffer | null) =>
      this.#fixed ?? (key === null ? turn : partitionOfKey(key, this.#partitionCount));
    const counts = new Map<number, number>();
    const messages = records.map(({ key, value, headers }) => {
      const partition = partitionOf(key);
      counts.set(partition, (counts.get(partition) ?? 0) + 1);
      return { topic: this.#topic, partition, key: key!, value: value!, headers: new Map(headers) };
    });
    const { offsets = [] } = await this.#producer.send({ messages });
    const bases = new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
    for (const [partition, count] of counts) this.#remember(partition, bases.get(partition) ?? -1, count);
  }

  #remember(partition: number, base: number, count: number): void {
    const place = this.places.get(partition);
    const last = base < 0 ? -1 : base + count - 1;
    if (place === undefined) this.places.set(partition, { first: base, last, count });
    else Object.assign(place, { last, count: place.count + count });
  }
}

async function sendLines(target: Target, options: ProduceOptions): Promise<void> {
  if (process.stdin.isTTY === true) process.stderr.write('One record a line; Ctrl-D ends.\n');
  let batch: ParsedRecord[] = [];
  let bytes = 0;
  let sending: Promise<void> = Promise.resolve();
  let failure: unknown;
  const flush = () => {
    if (batch.length === 0) return;
    const records = batch;
    [batch, bytes] = [[], 0];
    sending = sending
      .then(() => (failure === undefined ? target.send(records) : undefined))
      .catch((error: unknown) => {
        failure ??= error;
      });
  };
  let timer: NodeJS.Timeout | undefined;
  let lineNumber = 0;
  for await (const line of lines(process.stdin)) {
    if (failure !== undefined) break;
    batch.push(recordOfLine(line, ++lineNumber, options));
    bytes += line.length;
    if (batch.length >= BATCH_RECORDS_MAX || bytes >= BATCH_BYTES_MAX) {
      flush();
      await sending;
    } else if (batch.length === 1) {
      clearTimeout(timer);
      timer = setTimeout(flush, LINGER_MS);
    }
  }
  clearTimeout(timer);
  flush();
  await sending;
  if (failure !== undefined) throw failure;
}

function recordOfLine(line: Buffer, number: number, options: ProduceOptions): ParsedRecord {
  if (options.json === true) {
    try {
      const record = parseRecordJson(line.toString('utf8'));
      return { ...record, headers: [...record.headers, ...headersOf(options)] };
    } catch (error) {
      throw usageError(`Line ${number} is not a record: ${(error as Error).message}`);
    }
  }
  const separator = options.keySeparator;
  if (separator === undefined) return recordOf(line, options);
  const at = line.indexOf(separator);
  if (at < 0) throw usageError(`Line ${number} has no '${separator}' between key and value`);
  const value = line.subarray(at + Buffer.byteLength(separator));
  return { ...recordOf(value, options), key: line.subarray(0, at) };
}

function recordOf(value: string | Buffer | null, options: ProduceOptions): ParsedRecord {
  return {
    key: options.key === undefined ? null : Buffer.from(options.key),
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers: headersOf(options),
  };
}

function headersOf({ header }: ProduceOptions): (readonly [Buffer, Buffer])[] {
  return header.map((text) => {
    const equals = text.indexOf('=');
    if (equals < 1) throw usageError(`--header ${text}: that is not name=value`);
    return [Buffer.from(text.slice(0, equals)), Buffer.from(text.slice(equals + 1))] as const;
  });
}

function checkOptions(value: string | undefined, options: ProduceOptions): void {
  headersOf(options);
  const isOne = value !== undefined || options.tombstone === true;
  if (value !== undefined && options.tombstone === true)
    throw usageError('--tombstone has no value: leave one of them out');
  if (isOne && (options.json === true || options.keySeparator !== undefined))
    throw usageError('--json and --key-separator are for lines of standard input: leave the value out');
  if (options.keySeparator === '') throw usageError('--key-separator must not be empty');
  const { partition } = options;
  if (partition !== undefined && !/^\d{1,9}$/.test(partition))
    throw usageError(`--partition ${partition}: that is not the number of a partition, such as 0`);
}

function fixedPartition({ partition }: ProduceOptions, count: number): number | undefined {
  if (partition === undefined) return undefined;
  const index = Number(partition);
  if (index >= count)
    throw usageError(`--partition ${partition}: the topic has partitions 0 to ${count - 1}`);
  return index;
}

function report(topic: string, places: Places): void {
  for (const [partition, { first, last, count }] of [...places].sort(([left], [right]) => left - right)) {
    const known = first >= 0;
    const at = !known ? 'not acknowledged' : count === 1 ? `offset ${first}` : `offsets ${first} to ${last}`;
    const fact = { topic, partition, offset: known ? first : null, count };
    printDone(`${countText(count, 'record')} in ${topic}, partition ${partition}, ${at}`, fact);
  }
}
