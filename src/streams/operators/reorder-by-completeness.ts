/**
 * reorder by completeness: holds the records of a group until all are there; then they go on together and in order.
 *
 *   order 7   b -+
 *             a -+-> complete? -> a b c
 *             c -+   too late: dead-letter, or release with the header `x-incomplete`
 *
 *   C1  a group goes on once, whole, with nothing between its records
 *   C2  its time-out counts from its first record: its event time, or the wall clock when it came
 *   C3  a finished group is remembered for `forgetAfter`: what comes then is late; after that it would begin a new group
 */
import { type StreamRecord, withHeader } from '../record.ts';
import type { DatedTable } from '../store/dated-table.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { Codec } from '../store/overlay.ts';
import { attempt, FAILED } from './attempt.ts';
import { Full } from './full.ts';
import type { GroupMembers } from './group-members.ts';
import { late } from './late.ts';
import type { Operator, OperatorContext } from './operator.ts';
import type { CompletenessSettings } from './reorder-options.ts';
import { sourceOrder } from './source-order.ts';

export const INCOMPLETE_HEADER = 'x-incomplete';

interface Group {
  readonly count: number;
  readonly isFinished: boolean;
  readonly dueMs: number;
}

const groupCodec: Codec<Group> = {
  encode: ({ count, isFinished, dueMs }) => jsonCodec.encode([count, isFinished, dueMs]),
  decode(bytes) {
    const [count, isFinished, dueMs] = jsonCodec.decode(bytes) as [number, boolean, number];
    return { count, isFinished, dueMs };
  },
};

export class ReorderByCompleteness implements Operator {
  readonly #context: OperatorContext;
  readonly #settings: CompletenessSettings;
  readonly #groups: DatedTable<Group>;
  readonly #members: GroupMembers;
  readonly #full: Full;

  constructor(context: OperatorContext, settings: CompletenessSettings, members: GroupMembers) {
    this.#context = context;
    this.#settings = settings;
    this.#groups = context.state.dated(
      members.isCache ? 'cached-groups' : 'groups',
      groupCodec,
      ({ dueMs }) => dueMs,
    );
    this.#members = members;
    this.#full = new Full(context, settings.room.pauseAt);
    if (this.#full.isWatched) for (const [id, { count }] of this.#groups.scan('')) this.#full.note(id, count);
  }

  process(record: StreamRecord): void {
    this.#members.begin();
    const id = attempt(this.#context, record, this.#settings.identify, 'invalid');
    if (id === FAILED) return;
    if (this.#context.input.isAgain) {
      this.#members.again(id, record);
      return;
    }
    if (attempt(this.#context, record, this.#settings.orderOf) === FAILED) return;
    this.advance();
    const { isEventTime, timeoutMs, room, onLate } = this.#settings;
    const startMs = isEventTime ? record.timestampMs : this.#nowMs();
    const group = this.#groups.get(id) ?? { count: 0, isFinished: false, dueMs: startMs + timeoutMs };
    if (group.isFinished) late(this.#context, record, onLate, 'its group is finished');
    else if (group.count < room.most) this.#join(record, id, group);
    else if (room.overflow === 'dead-letter')
      this.#context.deadLetter(record, 'overflow', `${room.most} records of its group are held already`);
    else {
      this.#end(id, group, startMs, 'came, as many as are held of one group');
      late(this.#context, record, onLate, 'its group is finished');
    }
  }

  advance(): void {
    const nowMs = this.#nowMs();
    while (this.#groups.earliestMs <= nowMs)
      for (const { key: id, value: group, atMs } of this.#groups.take(nowMs))
        if (!group.isFinished) this.#end(id, group, atMs, 'came in time');
  }

  #join(record: StreamRecord, id: string, group: Group): void {
    const isComplete = this.#isComplete(record, id, group);
    if (isComplete === FAILED) return;
    if (!isComplete) {
      this.#members.add(id, group.count, record);
      this.#groups.put(id, { ...group, count: group.count + 1 });
      this.#full.note(id, group.count + 1);
      return;
    }
    this.#finish(id, this.#settings.isEventTime ? record.timestampMs : this.#nowMs());
    this.#members.take(id, group.count, (held) => {
      for (const one of this.#ordered([...held, record])) this.#context.emit(one);
    });
  }

  #isComplete(record: StreamRecord, id: string, { count }: Group): boolean | typeof FAILED {
    const { complete } = this.#settings;
    if (typeof complete === 'number') return count + 1 === complete;
    return attempt(this.#context, record, () => complete([...this.#members.read(id, count), record]));
  }

  /** Without being complete. `how`: its records came. */
  #end(id: string, { count }: Group, atMs: number, how: string): void {
    const wanted = typeof this.#settings.complete === 'number' ? ` of ${this.#settings.complete}` : '';
    const message = `${count}${wanted} records of the group ${how}`;
    this.#finish(id, atMs);
    this.#context.count('groups timed out');
    this.#members.take(id, count, (held) => {
      for (const record of this.#ordered(held))
        if (this.#settings.onTimeout === 'release')
          this.#context.emit(withHeader(record, INCOMPLETE_HEADER, message));
        else this.#context.deadLetter(record, 'incomplete', message);
    });
  }

  #finish(id: string, atMs: number): void {
    this.#full.note(id, 0);
    this.#groups.put(id, { count: 0, isFinished: true, dueMs: atMs + this.#settings.forgetAfterMs });
  }

  #ordered(records: readonly StreamRecord[]): StreamRecord[] {
    return records
      .map((record) => ({ record, by: this.#settings.orderOf(record), source: sourceOrder(record.source) }))
      .sort((a, b) => compare(a.by, b.by) || compare(a.source, b.source))
      .map(({ record }) => record);
  }

  #nowMs(): number {
    const { watermarkMs, wallMs } = this.#context.time;
    return this.#settings.isEventTime ? watermarkMs : wallMs;
  }
}

function compare<T extends number | bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
