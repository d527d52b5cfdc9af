/**
 * Stream: the fluent way to write a plan. Every method answers a new Stream (or the finished Pipeline); none changes
 * anything, runs anything or looks at a topic. The types of key and value flow from step to step.
 *
 *   pipeline('orders').from(topic('raw', { value: serde.json<Order>() })).dedupe({ ... }).to(topic('clean', { ... }))
 */
import { type CanonicaliseOptions, canonicalise, canonicaliseSettings } from '../operators/canonicalise.ts';
import { dedupe } from '../operators/dedupe.ts';
import { type DedupeOptions, dedupeSettings } from '../operators/dedupe-options.ts';
import { type CombineFound, enrich } from '../operators/enrich.ts';
import { type EnrichOptions, enrichSettings } from '../operators/enrich-options.ts';
import { exec, execDetails, type ExecOptions, execOutside } from '../operators/exec.ts';
import { joinStream } from '../operators/join-stream.ts';
import {
  type CombineStreams,
  type JoinStreamOptions,
  joinStreamSettings,
} from '../operators/join-stream-options.ts';
import { keptRows, keptWindows } from '../operators/kept.ts';
import { joinTable } from '../operators/join-table.ts';
import {
  type Combine,
  type JoinKind,
  type JoinTableOptions,
  joinTableSettings,
} from '../operators/join-table-options.ts';
import type { MakeOperator } from '../operators/operator.ts';
import { reorder } from '../operators/reorder.ts';
import { type ReorderOptions, reorderSettings } from '../operators/reorder-options.ts';
import { heldInRedis, rowsInRedis } from '../operators/redis-options.ts';
import { parseValue, serialiseValue } from '../operators/serial.ts';
import * as stateless from '../operators/stateless.ts';
import type { Definition } from '../../canonical/index.ts';
import { type ThrottleOptions, throttle, throttleSettings } from '../operators/throttle.ts';
import { window } from '../operators/window.ts';
import {
  type Aggregator,
  type Windowed,
  type WindowOptions,
  type WindowSpec,
  windowSettings,
} from '../operators/window-options.ts';
import type { StreamRecord } from '../record.ts';
import { type Duration, durationMs, durationText } from '../time/duration.ts';
import type { EventTime } from '../time/event-time.ts';
import { type Edge, frozen, type SinkNode, type StepNode } from './node.ts';
import { pathsOf, pathsText } from './paths.ts';
import { finish, type Pipeline, type PipelineSettings } from './pipeline.ts';
import { hopSerde, type Serde, serde } from './serde.ts';
import type { TableTopic } from './table.ts';
import type { Topic } from './topic.ts';
import { Windowing } from './windowing.ts';

/** The name of a step: state is found again by it after the pipeline was changed. Without one: what it does, and a number. */
export interface Named {
  readonly as?: string;
}

/** A step that leaves records out. */
export interface Lossy extends Named {
  /** Why these records may go: shown in the plan; `gregor pipeline lint` asks for it. */
  readonly because?: string;
}

export interface EventTimeOptions extends Named {
  /** By how much a record may be older than the newest before it in its partition. Default 0. */
  readonly maxOutOfOrder?: Duration;
  /** A partition without records for so long holds the others back no longer. Default 10s. */
  readonly idleAfter?: Duration;
}

export interface KeyOptions<K, V> extends Named {
  readonly key?: Serde<K>;
  readonly value?: Serde<V>;
  /** Of the repartition topic; default: as many as the largest topic that the records come from. */
  readonly partitions?: number;
}

type Ask<K, V, R> = (record: StreamRecord<K, V>) => R;
type AnyAsk<R> = Ask<unknown, unknown, R>;
type StepDraft = Pick<StepNode, 'type'> &
  Partial<
    Pick<
      StepNode,
      | 'details'
      | 'state'
      | 'isKeyed'
      | 'time'
      | 'outside'
      | 'meets'
      | 'isByEventTime'
      | 'isHolding'
      | 'kept'
      | 'drops'
      | 'because'
    >
  > & {
    readonly as: string | undefined;
  };

const IDLE_AFTER = '10s';

export class Stream<K, V> {
  readonly #pipeline: PipelineSettings;
  readonly #edge: Edge;
  readonly #sinks: readonly SinkNode[];

  constructor(pipeline: PipelineSettings, edge: Edge, sinks: readonly SinkNode[]) {
    this.#pipeline = pipeline;
    this.#edge = edge;
    this.#sinks = sinks;
  }

  /** A new value for each record. Key, headers and time stay. */
  map<W>(apply: Ask<K, V, W>, { as }: Named = {}): Stream<K, W> {
    return this.#step({ type: 'map', as }, stateless.map(apply as AnyAsk<W>));
  }

  /** Only the records for which the answer is true. */
  filter(isWanted: Ask<K, V, unknown>, { as, because }: Lossy = {}): Stream<K, V> {
    const details = because === undefined ? [] : [`because ${because}`];
    const drops = ['what its condition refuses'];
    return this.#step(
      { type: 'filter', as, details, drops, because },
      stateless.filter(isWanted as AnyAsk<unknown>),
    );
  }

  /** None, one or more values for each record, in their order. */
  flatMap<W>(apply: Ask<K, V, Iterable<W>>, { as }: Named = {}): Stream<K, W> {
    return this.#step({ type: 'flatMap', as }, stateless.flatMap(apply as AnyAsk<Iterable<W>>));
  }

  /** Looks at each record and lets it pass. A transaction that fails is run again, so it may see one twice. */
  tap(look: Ask<K, V, unknown>, { as }: Named = {}): Stream<K, V> {
    return this.#step({ type: 'tap', as }, stateless.tap(look as AnyAsk<unknown>));
  }

  /** From bytes to a value. What cannot be read goes to the dead letter topic as it is. */
  parse<W>(this: Stream<K, Buffer | null>, reader: Serde<W>, { as }: Named = {}): Stream<K, W> {
    return this.#step({ type: 'parse', as, details: [reader.name] }, parseValue(reader as Serde<unknown>));
  }

  serialise(writer: Serde<V>, { as }: Named = {}): Stream<K, Buffer | null> {
    return this.#step(
      { type: 'serialise', as, details: [writer.name] },
      serialiseValue(writer as Serde<unknown>),
    );
  }

  /** When it happened, by what stands in the record (milliseconds, Date, ISO 8601 text with zone); without this step it is the record's timestamp. */
  eventTime(timeOf: Ask<K, V, EventTime>, options: EventTimeOptions = {}): Stream<K, V> {
    const maxOutOfOrderMs = durationMs(options.maxOutOfOrder ?? 0, 'maxOutOfOrder');
    const idleAfterMs = durationMs(options.idleAfter ?? IDLE_AFTER, 'idleAfter');
    const details = [
      `out of order by at most ${durationText(maxOutOfOrderMs)}`,
      `idle after ${durationText(idleAfterMs)}`,
    ];
    return this.#step(
      { type: 'eventTime', as: options.as, details, time: { maxOutOfOrderMs, idleAfterMs } },
      stateless.eventTime(timeOf as AnyAsk<EventTime>),
    );
  }

  /** A new key. When a later step keeps state, records go over a repartition topic, named in the plan. */
  keyBy(keyOf: Ask<K, V, string>, options?: KeyOptions<string, V>): Stream<string, V>;
  keyBy<L>(keyOf: Ask<K, V, L>, options: KeyOptions<L, V> & { readonly key: Serde<L> }): Stream<L, V>;
  keyBy<L>(keyOf: Ask<K, V, L>, options: KeyOptions<L, V> = {}): Stream<L, V> {
    const { as, key = serde.text as Serde<unknown>, value = hopSerde, partitions } = options;
    const paths = pathsOf(keyOf);
    const shown = pathsText(paths);
    const node = frozen({
      kind: 'rekey',
      type: 'keyBy',
      label: as,
      inputs: [this.#edge],
      details: shown === undefined ? [] : [`by ${shown}`],
      paths,
      keyOf: keyOf as AnyAsk<unknown>,
      key: key as Serde<unknown>,
      value: value as Serde<unknown>,
      partitions,
    });
    return new Stream(this.#pipeline, { node, output: 0 }, this.#sinks);
  }

  /** Raw bytes into the canonical form of a definition of gregor/canonical, with a way back: see operators/canonicalise.ts. */
  canonicalise(
    this: Stream<K, Buffer | null>,
    definition: Definition,
    options: CanonicaliseOptions<K, Buffer | null> = {},
  ): Stream<K, Buffer | null> {
    const settings = canonicaliseSettings(definition, options as CanonicaliseOptions<unknown, unknown>);
    return this.#step(
      { type: 'canonicalise', as: options.as, details: settings.details },
      canonicalise(settings),
    );
  }

  /** Each business event once: see operators/dedupe.ts. */
  dedupe(options: DedupeOptions<K, V>): Stream<K, V> {
    const settings = dedupeSettings(options as DedupeOptions<unknown, unknown>);
    const outside = rowsInRedis(settings.redis);
    const draft = { type: 'dedupe', as: options.as, ...settings.shown, outside };
    return this.#step({ ...draft, isHolding: settings.keep === 'last' }, dedupe(settings));
  }

  /** Back into order, by sequence, by event time or by completeness: see operators/reorder.ts. */
  reorder(options: ReorderOptions<K, V>): Stream<K, V> {
    const settings = reorderSettings(options as ReorderOptions<unknown, unknown>, this.#pipeline.state);
    const outside = heldInRedis(settings.redis);
    const draft = { type: 'reorder', as: options.as, ...settings.shown, outside, isHolding: true };
    return this.#step(draft, reorder(settings));
  }

  /**
   * Parts the stream: a record takes the first branch whose condition holds; `use` says what becomes of the branches, and
   * what met no condition goes on here.
   */
  branch<const B extends Record<string, Ask<K, V, unknown>>>(
    conditions: B,
    use: (branches: { readonly [name in keyof B]: Stream<K, V> }) => Pipeline | readonly Pipeline[],
    { as }: Named = {},
  ): Stream<K, V> {
    const names = Object.keys(conditions);
    const step = this.#node(
      { type: 'branch', as, details: names },
      stateless.branch(Object.values(conditions) as AnyAsk<unknown>[]),
    );
    const streams = names.map((_, output) => new Stream<K, V>(this.#pipeline, { node: step, output }, []));
    const used = use(
      Object.fromEntries(names.map((name, n) => [name, streams[n]!])) as { [name in keyof B]: Stream<K, V> },
    );
    const sinks = [used].flat().flatMap((one) => (one as Pipeline).sinks);
    return new Stream(this.#pipeline, { node: step, output: names.length }, [...this.#sinks, ...sinks]);
  }

  /**
   * Each record with its row of a table, which is read to its end before the first record (operators/join-table-options.ts); or with
   * the records of another stream that have its key and are near in event time (operators/join-stream-options.ts).
   */
  join<L, T, W, Kind extends JoinKind = 'inner'>(
    table: TableTopic<L, T>,
    options: JoinTableOptions<K, V, L, Kind>,
    combine: (value: V, row: Kind extends 'left' ? T | undefined : T, record: StreamRecord<K, V>) => W,
  ): Stream<K, W>;
  join<U, W, Kind extends JoinKind = 'inner'>(
    other: Stream<K, U>,
    options: JoinStreamOptions<Kind>,
    combine: (left: V, right: Kind extends 'left' ? U | undefined : U) => W,
  ): Stream<K, W>;
  join<W>(
    other: Stream<K, unknown> | TableTopic<unknown, unknown>,
    options: object,
    combine: (...both: never[]) => W,
  ): Stream<K, W> {
    return other instanceof Stream
      ? this.#joinStream(other, options as JoinStreamOptions, combine as CombineStreams)
      : this.#joinTable(other, options as JoinTableOptions<unknown, unknown, unknown>, combine as Combine);
  }

  #joinTable<W>(
    table: TableTopic<unknown, unknown>,
    options: JoinTableOptions<unknown, unknown, unknown>,
    combine: Combine,
  ): Stream<K, W> {
    const settings = joinTableSettings(table, options, combine);
    const source = frozen({
      kind: 'source',
      type: 'table',
      label: undefined,
      inputs: [],
      details: [],
      topic: table.name,
      table: table.table,
    });
    const draft = {
      type: 'join',
      as: options.as,
      ...settings.shown,
      isKeyed: table.table === 'partitioned',
      isHolding: (settings.asOf?.graceMs ?? 0) > 0,
      kept: keptRows(table, settings.asOf !== undefined),
    };
    const node = this.#node(draft, joinTable(settings), [this.#edge, { node: source, output: 0 }]);
    return new Stream(this.#pipeline, { node, output: 0 }, this.#sinks);
  }

  #joinStream<W>(
    other: Stream<K, unknown>,
    options: JoinStreamOptions,
    combine: CombineStreams,
  ): Stream<K, W> {
    const settings = joinStreamSettings(options, combine);
    const draft = { type: 'join', as: options.as, ...settings.shown, isByEventTime: true, isHolding: true };
    const node = this.#node(draft, joinStream(settings), [this.#edge, other.#edge]);
    return new Stream(this.#pipeline, { node, output: 0 }, [...new Set([...this.#sinks, ...other.#sinks])]);
  }

  /** One aggregate for each key and window of event time: `.window({ tumbling: '1m' }).count()`; see operators/window-options.ts. */
  window(
    spec: WindowSpec,
    options: WindowOptions & {
      /** What becomes of late records, instead of `onLate`. */
      readonly late?: (late: Stream<K, V>) => Pipeline;
    } = {},
  ): Windowing<K, V> {
    return new Windowing(<A>(name: string, aggregator: Aggregator<K, V, A>) => {
      const given = aggregator as Aggregator<unknown, unknown, unknown>;
      const settings = windowSettings(spec, options, { name, aggregator: given });
      const seen = { isByEventTime: true, isHolding: !settings.isOnUpdate, kept: keptWindows };
      const draft = { type: 'window', as: options.as, ...settings.shown, ...seen };
      const node = this.#node(draft, window(settings));
      const late = options.late?.(new Stream<K, V>(this.#pipeline, { node, output: 1 }, [])).sinks ?? [];
      return new Stream<K, Windowed<A>>(this.#pipeline, { node, output: 0 }, [...this.#sinks, ...late]);
    });
  }

  /** Each record with what a lookup or a service says about it, remembered for a while: see operators/enrich.ts. */
  enrich<I, F, W>(
    options: EnrichOptions<K, V, I, F>,
    combine: (value: V, found: F | undefined, record: StreamRecord<K, V>) => W,
  ): Stream<K, W> {
    const settings = enrichSettings(options as EnrichOptions<unknown, unknown, unknown, unknown>);
    const { details, outside } = settings;
    const draft = { type: 'enrich', as: options.as, details, outside };
    return this.#step(draft, enrich(settings, combine as CombineFound));
  }

  /** Through a program in any language, a line of JSON in and a line out: see operators/exec.ts. */
  exec<W = unknown>(options: ExecOptions): Stream<K, W> {
    const outside = execOutside(options);
    return this.#step({ type: 'exec', as: options.as, details: execDetails(outside), outside }, exec);
  }

  /** At most so many records in a time; what comes faster leaves later: see operators/throttle.ts. */
  throttle(options: ThrottleOptions<K, V>): Stream<K, V> {
    const settings = throttleSettings(options as ThrottleOptions<unknown, unknown>);
    const draft = { type: 'throttle', as: options.as, ...settings.shown, isHolding: true };
    return this.#step(draft, throttle(settings));
  }

  /** Both streams as one, as their records arrive. */
  merge(other: Stream<K, V>, { as }: Named = {}): Stream<K, V> {
    const inputs = [this.#edge, other.#edge];
    const node = this.#node(
      { type: 'merge', as },
      stateless.tap(() => undefined),
      inputs,
    );
    return new Stream(this.#pipeline, { node, output: 0 }, [...new Set([...this.#sinks, ...other.#sinks])]);
  }

  /** Ends the stream in a topic. */
  to(topic: Topic<K, V>, { as }: Named = {}): Pipeline {
    const node: SinkNode = frozen({
      kind: 'sink',
      type: 'to',
      label: as,
      inputs: [this.#edge],
      details: [],
      topic: topic.name,
      key: topic.key as Serde<unknown>,
      value: topic.value as Serde<unknown>,
    });
    return finish(this.#pipeline, [...this.#sinks, node]);
  }

  #step<L, W>(draft: StepDraft, make: MakeOperator): Stream<L, W> {
    return new Stream(this.#pipeline, { node: this.#node(draft, make), output: 0 }, this.#sinks);
  }

  #node(draft: StepDraft, make: MakeOperator, inputs: readonly Edge[] = [this.#edge]): StepNode {
    const { type, as: label, details = [], state, isKeyed = state !== undefined, time, outside } = draft;
    const { meets, isByEventTime = false, isHolding = false, kept, drops = [], because } = draft;
    const keeping = { state, isKeyed, time, isHolding, kept };
    const forPeople = { meets, isByEventTime, drops, because };
    return frozen({ kind: 'step', type, label, inputs, details, make, outside, ...keeping, ...forPeople });
  }
}
