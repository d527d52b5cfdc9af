/**
 * GroupMembers: the records of groups that are not complete: in state, or by reference in a cache outside (shelf.ts).
 *
 *   in state      group, n -> the record
 *   in a cache    group, place in the input -> reference and record: after a start, a record that is read again knows its place, not its n
 */
import { assert } from '../../base/index.ts';
import { type StreamRecord, withoutRaw } from '../record.ts';
import { recordCodec } from '../store/record-codec.ts';
import type { Table } from '../store/table.ts';
import type { OperatorContext } from './operator.ts';
import { CacheShelf } from './shelf.ts';

export interface GroupMembers {
  readonly isCache: boolean;
  /** Once for every record that comes, whether it is held or not. */
  begin(): void;
  /** It is the one after `count` others. */
  add(id: string, count: number, record: StreamRecord): void;
  /** For a condition. */
  read(id: string, count: number): StreamRecord[];
  /** All of them leave, in the order in which they came: `use` gets them, now or later. */
  take(id: string, count: number, use: (records: StreamRecord[]) => void): void;
  /** The record is read again after a start: back where it was, if it is held. */
  again(id: string, record: StreamRecord): void;
}

export class MembersInState implements GroupMembers {
  readonly isCache = false;
  readonly #held: Table<StreamRecord>;

  constructor({ state }: OperatorContext) {
    this.#held = state.table('members', recordCodec);
  }

  begin(): void {}

  add(id: string, count: number, record: StreamRecord): void {
    this.#held.put(rowKey(id, count), record);
  }

  read(id: string, count: number): StreamRecord[] {
    return Array.from({ length: count }, (_, n) => withoutRaw(this.#held.get(rowKey(id, n))!));
  }

  take(id: string, count: number, use: (records: StreamRecord[]) => void): void {
    const records = this.read(id, count);
    for (let n = 0; n < count; n++) this.#held.delete(rowKey(id, n));
    use(records);
  }

  /** Nothing is read again. */
  again(): void {}
}

export class MembersByReference implements GroupMembers {
  readonly isCache = true;
  readonly #shelf: CacheShelf;

  constructor(context: OperatorContext) {
    this.#shelf = new CacheShelf(context);
  }

  begin(): void {
    this.#shelf.begin();
  }

  add(id: string, _count: number, record: StreamRecord): void {
    this.#shelf.put(rowKey(id, this.#shelf.place), record);
  }

  read(): StreamRecord[] {
    assert(false, 'the plan refuses conditions');
  }

  take(id: string, count: number, use: (records: StreamRecord[]) => void): void {
    const keys = this.#keysOf(id);
    assert(keys.length === count, () => `${keys.length} references to ${count} records of a group`);
    if (count === 0) return use([]);
    const records: StreamRecord[] = [];
    for (const key of keys)
      this.#shelf.take(key, (record) => {
        records.push(withoutRaw(record));
        if (records.length === count) use(records);
      });
  }

  again(id: string, record: StreamRecord): void {
    this.#shelf.again(rowKey(id, this.#shelf.place), record);
  }

  /** Ids are of any text: those that begin like this one have longer keys. */
  #keysOf(id: string): string[] {
    const prefix = rowKey(id, '');
    const length = prefix.length + this.#shelf.place.length;
    const keys: string[] = [];
    for (const key of this.#shelf.keys(prefix)) {
      if (!key.startsWith(prefix)) break;
      if (key.length === length) keys.push(key);
    }
    return keys;
  }
}

function rowKey(id: string, which: number | string): string {
  return `${id}\u0000${which}`;
}
