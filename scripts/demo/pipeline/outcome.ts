/** Outcome: what stands in the output and in the dead letter topic, compared with what a program that knows no log says must stand there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readCommitted } from '../../../test/exactly-once/committed-reader.ts';
import { WireClient } from '../../../test/wire/wire-client.ts';

type Readers = Parameters<typeof readCommitted>;
type LoggedRecord = Parameters<Readers[3]>[1];

const REFERENCE_BYTES_MAX = 2 ** 31;
const REASON = '__streams.errors.reason';
const MESSAGE = '__streams.errors.message';
const SHOWN = 5;

/** Reads a topic while it grows. */
export class TopicReader {
  readonly #port: number;
  readonly #topic: string;
  readonly #next: number[];
  readonly #onRecord: (record: LoggedRecord) => void;
  count = 0;

  constructor(port: number, topic: string, partitions: number, onRecord: (record: LoggedRecord) => void) {
    this.#port = port;
    this.#topic = topic;
    this.#next = Array.from({ length: partitions }, () => 0);
    this.#onRecord = onRecord;
  }

  /** Up to what is committed now. Throws when the broker is away. */
  async readOn(): Promise<void> {
    const client = await WireClient.connect(this.#port);
    try {
      for (const [partition, from] of this.#next.entries()) {
        const taken: LoggedRecord[] = [];
        const next = await readCommitted(client, this.#topic, partition, (_, one) => taken.push(one), from);
        this.#next[partition] = next;
        this.count += taken.length;
        for (const record of taken) this.#onRecord(record);
      }
    } finally {
      client.close();
    }
  }
}

/** Flights by origin, in the order of the log. */
export class Flights {
  readonly #byOrigin = new Map<string, string[]>();

  add(origin: string, json: string): void {
    const text = inOrder(json);
    const flights = this.#byOrigin.get(origin);
    if (flights === undefined) this.#byOrigin.set(origin, [text]);
    else flights.push(text);
  }

  /** What is different, in words; each place of each origin is compared. */
  differences(expected: Flights): string[] {
    const found: string[] = [];
    for (const origin of new Set([...expected.#byOrigin.keys(), ...this.#byOrigin.keys()])) {
      const [ours, theirs] = [this.#byOrigin.get(origin) ?? [], expected.#byOrigin.get(origin) ?? []];
      for (let n = 0; n < Math.max(ours.length, theirs.length); n++)
        if (ours[n] !== theirs[n])
          found.push(`${origin}, no. ${n}: ${ours[n] ?? 'nothing'} where ${theirs[n] ?? 'nothing'} must be`);
    }
    return found;
  }
}

/** What could not be processed: each as base64, with why. */
export class DeadLetters {
  readonly #reasons = new Map<string, string[]>();
  /** Reason → how many. */
  readonly counts = new Map<string, number>();

  add({ value, headers }: LoggedRecord): void {
    const text = (name: string) => headers.find(([key]) => key === name)?.[1]?.toString() ?? '';
    const id = value?.toString('base64') ?? '';
    this.#reasons.set(id, [...(this.#reasons.get(id) ?? []), text(REASON)]);
    if (text(REASON) !== '' && text(MESSAGE) !== '')
      this.counts.set(text(REASON), (this.counts.get(text(REASON)) ?? 0) + 1);
  }

  /** Each broken record once, with a reason, and nothing else. */
  differences(broken: readonly string[]): string[] {
    const left = new Map([...this.#reasons].map(([id, reasons]) => [id, [...reasons]]));
    const found: string[] = [];
    for (const id of broken) {
      const reason = left.get(id)?.pop();
      if (reason === undefined) found.push(`no dead letter for ${shown(id)}`);
      else if (reason === '') found.push(`a dead letter without a reason: ${shown(id)}`);
    }
    for (const [id, reasons] of left)
      for (const reason of reasons) found.push(`a dead letter too many, ${reason}: ${shown(id)}`);
    return found;
  }
}

export function reference(python: string, data: string, rows: number): Flights {
  const script = path.join(import.meta.dirname, 'reference.py');
  const files = ['flights-3m.parquet', 'airports.csv'].map((name) => path.join(data, name));
  const lines = execFileSync(python, [script, ...files, String(rows)], { maxBuffer: REFERENCE_BYTES_MAX });
  const flights = new Flights();
  for (const line of lines.toString().split('\n')) {
    const at = line.indexOf('\t');
    if (at > 0) flights.add(line.slice(0, at), line.slice(at + 1));
  }
  return flights;
}

/** What the producers noted as broken, one base64 a line. */
export function brokenIn(files: readonly string[]): string[] {
  return files.filter(existsSync).flatMap((file) =>
    readFileSync(file, 'latin1')
      .split('\n')
      .filter((line) => line !== ''),
  );
}

export function firstOf(differences: readonly string[]): string {
  const more = differences.length > SHOWN ? [`and ${differences.length - SHOWN} more`] : [];
  return [...differences.slice(0, SHOWN), ...more].map((one) => `    ${one}\n`).join('');
}

function shown(id: string): string {
  return JSON.stringify(Buffer.from(id, 'base64').toString('latin1'));
}

/** The order of an object's fields says nothing. */
function inOrder(json: string): string {
  const fields = JSON.parse(json) as Record<string, unknown>;
  return JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))));
}
