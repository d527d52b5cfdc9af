/** LastOfId: the open windows of `dedupe`, keep last: one for each id, with the record that came last. In state, or outside (rows-outside.ts). */
import type { StreamRecord } from '../record.ts';
import type { DatedTable } from '../store/dated-table.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { Codec } from '../store/overlay.ts';
import { restored, type StoredRecord, stored } from '../store/record-codec.ts';
import type { OperatorContext } from './operator.ts';
import { RowsOutside } from './rows-outside.ts';

export interface LastOfId {
  readonly closesMs: number;
  readonly last: StreamRecord;
}

export interface OpenWindows {
  look(id: string, use: (open: LastOfId | undefined) => void): void;
  /** In `use` of that id. Answers the one that closes because there are too many. */
  put(id: string, window: LastOfId): LastOfId | undefined;
  /** Those that close until then, now or later, in the order of (time, id). */
  close(untilMs: number, use: (closed: LastOfId) => void): void;
}

const NAME = 'windows';

/** The time comes first: see `timeOfRow`. */
const codec: Codec<LastOfId> = {
  encode: ({ closesMs, last }) => jsonCodec.encode([closesMs, stored(last)]),
  decode(bytes) {
    const [closesMs, last] = jsonCodec.decode(bytes) as [number, StoredRecord];
    return { closesMs, last: restored(last) };
  },
};

export class WindowsInState implements OpenWindows {
  readonly #rows: DatedTable<LastOfId>;
  readonly #most: number;

  constructor({ state }: OperatorContext, most: number) {
    this.#rows = state.dated(NAME, codec, ({ closesMs }) => closesMs);
    this.#most = most;
  }

  look(id: string, use: (open: LastOfId | undefined) => void): void {
    use(this.#rows.get(id));
  }

  put(id: string, window: LastOfId): LastOfId | undefined {
    this.#rows.put(id, window);
    if (this.#rows.size <= this.#most) return undefined;
    const { key, value } = this.#rows.first()!;
    this.#rows.delete(key);
    return value;
  }

  close(untilMs: number, use: (closed: LastOfId) => void): void {
    if (this.#rows.earliestMs <= untilMs) for (const { value } of this.#rows.take(untilMs)) use(value);
  }
}

export class WindowsOutside implements OpenWindows {
  readonly #rows: RowsOutside<LastOfId>;

  constructor(context: OperatorContext, most: number) {
    this.#rows = new RowsOutside(context, { name: NAME, codec, timeOf: ({ closesMs }) => closesMs, most });
  }

  look(id: string, use: (open: LastOfId | undefined) => void): void {
    this.#rows.get(id, use);
  }

  put(id: string, window: LastOfId): LastOfId | undefined {
    return this.#rows.put(id, window);
  }

  close(untilMs: number, use: (closed: LastOfId) => void): void {
    this.#rows.takeDue(untilMs, use);
  }
}
