/**
 * join with a table as of event time: a record meets the row that held at its time. Input 0 is the stream, input 1 the table's topic.
 *
 *   row k    --a@10--------b@20------x@30---->      a record of time 25 meets b, one of 35 none
 *
 *   A1  with grace a record is held until the watermark has passed its time + grace; rows that come until then count
 *   A2  a version goes when its successor is older than watermark - keepVersions; a record that is older than that is late
 *   A3  versions are in the changelog: a compacted topic does not bring them back. Reading the topic again changes none
 *   A4  at most `HELD_MAX` records are held (the oldest then goes on early) and `VERSIONS_MAX` versions of a row are kept
 */
import { type StreamRecord, withoutRaw } from '../record.ts';
import type { DatedTable } from '../store/dated-table.ts';
import { keyText } from '../store/identity.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { Codec } from '../store/overlay.ts';
import { attempt, FAILED } from './attempt.ts';
import { HeldRecords } from './held-records.ts';
import { combineWith } from './join-combine.ts';
import type { AsOfSettings, JoinTableSettings } from './join-table-options.ts';
import type { Operator, OperatorContext } from './operator.ts';
import { refuse } from './refuse.ts';
import { TableRows } from './table-rows.ts';

/** Since when, and with which bytes; null: there was no row. Ascending in time. */
export type Versions = readonly (readonly [sinceMs: number, bytes: Buffer | null])[];

const HELD_MAX = 100_000;
const VERSIONS_MAX = 1000;

export class JoinAsOf implements Operator {
  readonly #context: OperatorContext;
  readonly #settings: JoinTableSettings;
  readonly #asOf: AsOfSettings;
  readonly #versions: DatedTable<Versions>;
  readonly #held: HeldRecords;
  readonly #reader: TableRows;

  constructor(context: OperatorContext, settings: JoinTableSettings, asOf: AsOfSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#asOf = asOf;
    this.#versions = context.state.dated('versions', jsonCodec as Codec<Versions>, goesMs);
    this.#held = new HeldRecords(context.state.queue, 'held');
    this.#reader = new TableRows(context, settings.table);
  }

  process(record: StreamRecord, input: number): void {
    if (input === 1) return this.#change(record);
    this.advance();
    const { onLate, keepMs, graceMs } = this.#asOf;
    const { watermarkMs } = this.#context.time;
    if (record.timestampMs < watermarkMs - keepMs) {
      const message = `older than the rows that are kept: ${keepMs} ms behind the watermark`;
      return refuse(this.#context, record, { how: onLate, reason: 'late', message });
    }
    if (graceMs === 0 || record.timestampMs < watermarkMs - graceMs) return this.#join(record);
    this.#held.add(record.timestampMs, record);
    if (this.#held.size <= HELD_MAX) return;
    this.#context.count('joined early');
    this.#join(withoutRaw(this.#held.takeFirst()));
  }

  advance(): void {
    const { graceMs, keepMs } = this.#asOf;
    const { watermarkMs } = this.#context.time;
    for (const record of this.#held.take(watermarkMs - graceMs - 1)) this.#join(withoutRaw(record));
    this.#forget(watermarkMs - keepMs);
  }

  #join(record: StreamRecord): void {
    const key = attempt(this.#context, record, this.#settings.on, 'invalid');
    if (key === FAILED) return;
    const find = () =>
      key === null || key === undefined ? undefined : this.#rowAt(keyText(key), record.timestampMs);
    const row = attempt(this.#context, record, find, 'unreadable');
    if (row !== FAILED) combineWith(this.#context, this.#settings, { record, key, row });
  }

  #rowAt(key: string, atMs: number): unknown {
    const versions = this.#versions.get(key) ?? [];
    const version = versions.findLast(([sinceMs]) => sinceMs <= atMs);
    const bytes = version?.[1] ?? null;
    return bytes === null ? undefined : this.#reader.parsed(`${key} ${version![0]}`, bytes);
  }

  #change(record: StreamRecord): void {
    const row = this.#reader.read(record);
    if (row === undefined) return;
    const before = this.#versions.get(row.key) ?? [];
    const versions = [
      ...before.filter(([sinceMs]) => sinceMs < row.sinceMs),
      [row.sinceMs, row.bytes] as const,
      ...before.filter(([sinceMs]) => sinceMs > row.sinceMs),
    ];
    if (versions.length > VERSIONS_MAX) this.#context.count('versions forgotten early');
    this.#versions.put(row.key, versions.slice(-VERSIONS_MAX));
  }

  #forget(horizonMs: number): void {
    if (this.#versions.earliestMs > horizonMs) return;
    for (const { key, value } of this.#versions.take(horizonMs)) {
      const left = value.filter(([sinceMs, bytes], n) => {
        const next = value[n + 1];
        return next === undefined ? bytes !== null || sinceMs > horizonMs : next[0] > horizonMs;
      });
      const from = left[0]?.[1] === null && left[0][0] <= horizonMs ? 1 : 0;
      if (left.length > from) this.#versions.put(key, left.slice(from));
    }
  }
}

/** When the first version can go: its successor takes over, or there is no row from then on anyway. */
function goesMs([first, second]: Versions): number | undefined {
  return first![1] === null ? first![0] : second?.[0];
}
