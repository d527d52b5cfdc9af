/**
 * Comparison: what a pipeline would write beside what lies in its output topics, made from the same records (`x-src` says from which).
 * Per topic and key: the values in their order.
 *
 *   + key value          only now             - key value        only there
 *   ~ key old -> new      both, at that place of the key
 */
import { isDeepStrictEqual } from 'node:util';
import { type LogRecord, sourceOf } from '../../streams/index.ts';
import { bytesJson, type BytesJson } from '../client/record-json.ts';
import { CommandFailed, EXIT } from '../exit-codes.ts';

export interface Difference {
  readonly change: 'added' | 'removed' | 'changed';
  readonly topic: string;
  readonly key: BytesJson;
  readonly before?: unknown;
  readonly now?: unknown;
}

interface Pair {
  readonly topic: string;
  readonly key: BytesJson;
  readonly before: unknown[];
  readonly now: unknown[];
}

const RECORDS_MAX = 1_000_000;

export class Comparison {
  readonly #isWithin: (topic: string, partition: number, offset: number) => boolean;
  readonly #pairs = new Map<string, Pair>();
  #records = 0;
  /** In the output topics, by others than a pipeline. */
  foreign = 0;

  /** `isWithin`: whether an input record is among those that are read. */
  constructor(isWithin: (topic: string, partition: number, offset: number) => boolean) {
    this.#isWithin = isWithin;
  }

  now(record: LogRecord): void {
    this.#pair(record).now.push(valueOf(record.value));
  }

  before(record: LogRecord): void {
    const source = sourceOf(record.headers);
    if (source === undefined) this.foreign++;
    else if (this.#isWithin(source.topic, source.partition, source.offset))
      this.#pair(record).before.push(valueOf(record.value));
  }

  differences(): Difference[] {
    const found: Difference[] = [];
    for (const { topic, key, before, now } of this.#pairs.values())
      for (let n = 0; n < Math.max(before.length, now.length); n++) {
        if (n >= before.length) found.push({ change: 'added', topic, key, now: now[n] });
        else if (n >= now.length) found.push({ change: 'removed', topic, key, before: before[n] });
        else if (!isDeepStrictEqual(before[n], now[n]))
          found.push({ change: 'changed', topic, key, before: before[n], now: now[n] });
      }
    return found;
  }

  #pair({ topic, key: bytes }: LogRecord): Pair {
    if (++this.#records > RECORDS_MAX)
      throw new CommandFailed(
        EXIT.failed,
        `--diff holds at most ${RECORDS_MAX} records: read fewer with --from or --limit`,
      );
    const key = bytesJson(bytes);
    const name = `${topic} ${JSON.stringify(key)}`;
    let pair = this.#pairs.get(name);
    if (pair === undefined) this.#pairs.set(name, (pair = { topic, key, before: [], now: [] }));
    return pair;
  }
}

export function differenceLine({ change, topic, key, before, now }: Difference): string {
  const [old, fresh] = [before, now].map((value) => JSON.stringify(value));
  const shown = `${topic}  ${typeof key === 'string' ? key : JSON.stringify(key)}`;
  if (change === 'added') return `+ ${shown}  ${fresh}`;
  return change === 'removed' ? `- ${shown}  ${old}` : `~ ${shown}  ${old} → ${fresh}`;
}

/** Two writings of the same JSON are the same. */
function valueOf(bytes: Buffer | null): unknown {
  if (bytes === null) return null;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return bytesJson(bytes); // no JSON: compared as it is
  }
}
