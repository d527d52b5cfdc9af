/**
 * Task: one stage at work on one partition number. Pure: records and the time go in; outputs, changes of state and
 * positions are gathered until somebody takes them into a transaction.
 *
 *   process, tick -> outputs + overlay + positions -> take() -> one transaction -> committed() -> store
 *                                                          +---- it failed ----> throw the task away, open a new one
 *
 *   T1  between `take` and `committed` nothing is processed
 *   T2  nothing that is not in the store or the changelog is needed to go on: opening is recovery
 *   T3  outputs are a function of the records, in their order, of the clock's readings, and of the answers to its questions
 *   T4  while something is asked nothing is taken: `waiting` says so (operator.ts, Q1 to Q5)
 */
import { assert } from '../../base/index.ts';
import type { Answer, OperatorContext, Output, Time } from '../operators/operator.ts';
import type { CommittedRows } from '../operators/kept.ts';
import type { Layout, Stage } from '../plan/layout.ts';
import type { StreamRecord } from '../record.ts';
import { jsonCodec } from '../store/json-codec.ts';
import type { OutsideTable } from '../store/outside-table.ts';
import type { Codec } from '../store/overlay.ts';
import { State } from '../store/state.ts';
import type { Row, StateStore } from '../store/state-store.ts';
import type { Table } from '../store/table.ts';
import { type Reached, Watermark } from '../time/watermark.ts';
import { Circuit, type Wires } from './circuit.ts';
import {
  channelsOf,
  checkPartition,
  entering,
  hopChannel,
  hopsInto,
  hopsOutOf,
  type LogRecord,
  type PartitionsOf,
  timedTopics,
  timeOf,
} from './entry.ts';
import { type Complaint, deadLetterHeaders, type Progress, progressHeader, progressOf } from './headers.ts';
import { Pins } from './pins.ts';
import { type Question, Questions } from './questions.ts';

/** What belongs into one transaction. */
export interface Work {
  readonly outputs: readonly Output[];
  /** For the changelog. */
  readonly changes: readonly Row[];
  /** Topic -> the offset to read on from; only those that moved. */
  readonly positions: ReadonlyMap<string, number>;
}

export interface TaskSettings {
  readonly layout: Layout;
  readonly stage: Stage;
  readonly partition: number;
  readonly store: StateStore;
  readonly wallMs: number;
  readonly partitionsOf: PartitionsOf;
}

const READ = '~read';

export class Task {
  readonly stage: Stage;
  readonly partition: number;
  readonly #settings: TaskSettings;
  readonly #state: State;
  readonly #watermark: Watermark;
  readonly #circuit: Circuit;
  readonly #hopsIn: ReadonlySet<string>;
  readonly #hopsOut: ReadonlySet<string>;
  readonly #tables: ReadonlySet<string>;
  readonly #timed: ReadonlySet<string>;
  /** How far tables have been read. Derived, like their rows. */
  readonly #read: Table<number>;
  readonly #time: { watermarkMs: number; wallMs: number };
  readonly #questions = new Questions();
  readonly #outside = new Map<string, string>();
  readonly #input = { offset: 0, isAgain: false };
  /** Undefined: no step holds records by reference. */
  readonly #pins: Pins | undefined;
  readonly #pauses: (() => boolean)[] = [];
  readonly #counts = new Map<string, number>();
  readonly #positions = new Map<string, number>();
  #outputs: Output[] = [];
  /** Of the record that is being processed. */
  #channel = '';
  /** What the hops were told last. */
  #announced = '';
  #isTaken = false;

  constructor(settings: TaskSettings) {
    const { layout, stage, partition, store, wallMs, partitionsOf } = settings;
    this.#settings = settings;
    this.stage = stage;
    this.partition = partition;
    this.#hopsIn = hopsInto(stage);
    this.#hopsOut = hopsOutOf(stage);
    this.#tables = new Set(stage.tables.map((table) => table.topic));
    this.#timed = timedTopics(stage);
    this.#state = new State(store);
    this.#read = this.#state.table(READ, jsonCodec as Codec<number>);
    const reached = this.#state.table('time', jsonCodec as Codec<Reached>);
    const channels = channelsOf(stage, layout, partitionsOf);
    this.#watermark = new Watermark(reached, timeOf(stage, layout), channels, wallMs);
    this.#time = { watermarkMs: this.#watermark.ms, wallMs };
    this.#pins = pinsOf(stage, this.#state);
    const by = `${layout.settings.name}:${layout.settings.version}`;
    this.#circuit = new Circuit({ stage, by, time: this.#time, questions: this.#questions }, (name, wires) =>
      this.#context(name, wires),
    );
    this.#pins?.start();
  }

  get watermarkMs(): number {
    return this.#watermark.ms;
  }

  /** `step: what` -> how often, since the task was opened. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** What keeps the committed position behind. */
  get pinned(): Pins['oldest'] {
    return this.#pins?.oldest;
  }

  /** A step holds as much as it may: nothing more of the streams is to be read, except what is read again. */
  get isPaused(): boolean {
    return this.#pauses.some((isFull) => isFull()) && this.#pins?.isCatchingUp !== true;
  }

  /** How much waits for answers; 0: it may be taken. */
  get waiting(): number {
    return this.#circuit.waiting;
  }

  /** Table -> the step whose answerer keeps its committed rows. They are in the changelog, but not in the store. */
  get outsideTables(): ReadonlyMap<string, string> {
    return this.#outside;
  }

  /** What is to be asked now. Each is handed out once; answering one may bring up others. */
  questions(): Question[] {
    return this.#questions.take();
  }

  /** What waited for it goes on at once. */
  answer(id: number, answer: Answer): void {
    this.#questions.answer(id, answer);
  }

  /** Where to read on in a partition of a table: that is known as long as the rows are. */
  tablePosition(topic: string, partition: number): number {
    return this.#read.get(`${topic}/${partition}`) ?? 0;
  }

  /** Before the first record: brings the tail of the changelog into the store. Open a new task on the store afterwards. */
  replay(rows: Iterable<Row>, changelogOffset: number): void {
    this.#state.replay(rows, changelogOffset);
  }

  /** Rows in the changelog that no step has a place for, by table: `step.what`. */
  get left(): ReadonlyMap<string, number> {
    return this.#state.left;
  }

  process(logged: LogRecord, wallMs: number): void {
    assert(!this.#isTaken, 'the work that was taken is not committed yet');
    const { topic } = logged;
    const isHop = this.#hopsIn.has(topic);
    this.#time.wallMs = wallMs;
    if (this.#tables.has(topic)) return this.#processRow(logged);
    const record = entering(logged, isHop);
    if (this.#isAgain(logged, record)) return;
    this.#positions.set(topic, logged.offset + 1);
    if (isHop) this.#follow(topic, progressOf(logged.headers), record);
    else {
      this.#channel = topic;
      if (this.#timed.has(topic)) this.#watermark.hear(topic, wallMs);
      else this.#observe(logged.timestampMs);
    }
    if (record !== undefined) this.#circuit.process(topic, record);
    this.#circuit.advance();
  }

  /** What came was not to be seen (markers, aborted records): the position moves all the same. */
  skip(topic: string, partition: number, position: number): void {
    if (this.#tables.has(topic)) this.#read.put(`${topic}/${partition}`, position);
    else if (this.#pins?.isCatchingUp === true) this.#pins.reached(position);
    else this.#positions.set(topic, position);
  }

  tick(wallMs: number): void {
    assert(!this.#isTaken, 'the work that was taken is not committed yet');
    this.#time.wallMs = wallMs;
    // Whoever waits for answers, reads again, or pauses, is not reading on: that is no silence of the inputs.
    const isCatchingUp = this.#pins?.isCatchingUp === true;
    if (isCatchingUp || this.waiting > 0 || this.isPaused) this.#watermark.listen(wallMs);
    if (isCatchingUp) return;
    this.#watermark.tick(wallMs);
    this.#time.watermarkMs = this.#watermark.ms;
    this.#circuit.advance();
  }

  /** Ahead of `take`, for whoever may write outputs twice: those of records that are not done yet come later. */
  takeOutputs(): readonly Output[] {
    assert(!this.#isTaken, 'the work that was taken is not committed yet');
    const outputs = this.#outputs;
    if (outputs.length > 0) this.#outputs = [];
    return outputs;
  }

  /** Undefined: there is nothing to commit. */
  take(): Work | undefined {
    assert(!this.#isTaken, 'the work that was taken is not committed yet');
    assert(this.waiting === 0, 'questions are not answered yet');
    if (this.#pins?.isCatchingUp === true) return undefined;
    this.#announce();
    this.#pin();
    this.#watermark.store();
    const work = {
      outputs: this.#outputs,
      // A stage that keeps nothing has only its watermark, and finds that again from what comes.
      changes: this.stage.changelog === undefined ? [] : this.#state.changes(),
      positions: new Map(this.#positions),
    };
    if (work.outputs.length === 0 && work.changes.length === 0 && work.positions.size === 0) return undefined;
    this.#outputs = [];
    this.#positions.clear();
    this.#isTaken = true;
    return work;
  }

  /** There was nothing to take: rows that come from the topics of tables need no commit. */
  keepDerived(): void {
    assert(!this.#isTaken, 'the work that was taken is not committed yet');
    if (this.#tables.size > 0 && this.#pins?.isCatchingUp !== true) this.#state.applyDerived();
  }

  /** `changelogOffset`: behind the changes that were taken. */
  committed(changelogOffset: number): void {
    assert(this.#isTaken, 'nothing was taken');
    this.#isTaken = false;
    this.#state.applied(changelogOffset);
  }

  /** It was processed before a start: what is held of it is put back, and that is all. */
  #isAgain({ topic, offset }: LogRecord, record: StreamRecord | undefined): boolean {
    this.#input.offset = offset;
    if (this.#pins?.isAgain(offset) !== true) return false;
    this.#input.isAgain = true;
    if (record !== undefined) this.#circuit.process(topic, record);
    this.#input.isAgain = false;
    this.#pins.reached(offset + 1);
    return true;
  }

  /** The position stays at the lowest offset that is still needed. */
  #pin(): void {
    if (this.#pins === undefined) return;
    const topic = this.stage.inputs[0]!;
    const position = this.#pins.position(this.#positions.get(topic));
    if (position === undefined) this.#positions.delete(topic);
    else this.#positions.set(topic, position);
  }

  /** Tables have no say in what time it is, and the group does not know how far they are read. */
  #processRow(logged: LogRecord): void {
    const { topic, partition, offset } = logged;
    this.skip(topic, partition, offset + 1);
    if (this.#hopsIn.size > 0) checkPartition(logged, this.stage, this.#settings.partitionsOf);
    this.#circuit.process(topic, entering(logged, false)!);
  }

  /** A message of a hop: how far its task is, and mostly a record. */
  #follow(topic: string, progress: Progress | undefined, record: StreamRecord | undefined): void {
    assert(progress !== undefined, () => `a record of ${topic} does not say which task wrote it`);
    const { wallMs } = this.#time;
    this.#channel = hopChannel(topic, progress.partition);
    this.#watermark.told(this.#channel, progress.watermarkMs, progress.isIdle, wallMs);
    this.#time.watermarkMs = this.#watermark.ms;
    if (record !== undefined) this.#observe(record.timestampMs);
  }

  #observe(timestampMs: number): void {
    this.#watermark.observe(this.#channel, timestampMs, this.#time.wallMs);
    this.#time.watermarkMs = this.#watermark.ms;
  }

  /** Tells every partition of the hops behind how far this task is, also those that get no records from it. */
  #announce(): void {
    const { ms: watermarkMs, isIdle } = this.#watermark;
    const now = isIdle ? 'idle' : String(watermarkMs);
    if (this.#hopsOut.size === 0 || now === this.#announced || now === '-Infinity') return;
    this.#announced = now;
    const headers = [this.#progress(this.#time)];
    const timestampMs = Math.max(watermarkMs, 0);
    for (const topic of this.#hopsOut)
      for (let partition = 0; partition < this.#settings.partitionsOf(topic); partition++)
        this.#outputs.push({ topic, partition, key: null, value: null, headers, timestampMs });
  }

  /** As far as those are whose time it is. */
  #progress({ watermarkMs }: Time) {
    const isIdle = this.#watermark.isIdle && watermarkMs === this.#watermark.ms;
    return progressHeader({ partition: this.partition, watermarkMs, isIdle });
  }

  #context(step: string, wires: Wires): OperatorContext {
    const state = this.#state;
    const { settled, ...given } = wires;
    const input = this.#input;
    const names = new Map<string, string>();
    const once = (act: () => void) => {
      if (!input.isAgain) act();
    };
    return {
      step,
      input,
      pin: (lowest) => this.#pins!.add(lowest),
      pauseWhile: (isFull) => this.#pauses.push(isFull),
      ...given,
      state: {
        table: (name, codec) => state.table(`${step}.${name}`, codec),
        dated: (name, codec, dateOf) => state.dated(`${step}.${name}`, codec, dateOf),
        queue: (name, codec) => state.queue(`${step}.${name}`, codec),
        outside: (name, codec) => this.#outsideTable(step, name, codec),
        derived: (name, codec) => state.table(`~${step}.${name}`, codec),
      },
      deadLetter: (record, reason, message) => once(() => this.#bury(record, { reason, step, message })),
      count: (what, by = 1) => {
        let name = names.get(what);
        if (name === undefined) names.set(what, (name = `${step}: ${what}`));
        this.#count(name, by);
      },
      observe: (timestampMs) => {
        if (!input.isAgain) this.#observe(timestampMs);
      },
      send: (output) => {
        if (!input.isAgain) this.#send(output, settled());
      },
    };
  }

  #outsideTable<V>(step: string, name: string, codec: Codec<V>): OutsideTable<V> {
    this.#outside.set(`${step}.${name}`, step);
    return this.#state.outside(`${step}.${name}`, codec);
  }

  #send(output: Output, time: Time): void {
    const isHop = this.#hopsOut.has(output.topic);
    this.#outputs.push(isHop ? { ...output, headers: [...output.headers, this.#progress(time)] } : output);
  }

  /** As it was read, where that is still at hand. */
  #bury(record: StreamRecord, complaint: Complaint): void {
    this.#count(`${complaint.step}: dead letter, ${complaint.reason}`, 1);
    this.#outputs.push({
      topic: this.#settings.layout.settings.deadLetterTopic,
      ...(record.raw ?? { key: bytesOf(record.key), value: bytesOf(record.value) }),
      headers: deadLetterHeaders(record, complaint),
      timestampMs: record.timestampMs,
    });
  }

  #count(what: string, by: number): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + by);
  }
}

/** How far a partition of a table was read by what the store has. */
export function committedTablePosition(rows: CommittedRows, topic: string, partition: number): number {
  const bytes = rows.get(READ, `${topic}/${partition}`);
  return bytes === undefined ? 0 : (jsonCodec.decode(bytes) as number);
}

function pinsOf(stage: Stage, state: State): Pins | undefined {
  const isPinning = stage.nodes.some(({ node }) => node.kind === 'step' && node.outside?.isPinning === true);
  if (!isPinning) return undefined;
  return new Pins(stage.inputs[0]!, state.table('seen', jsonCodec as Codec<number>));
}

/** Of a record that comes out of state. */
function bytesOf(value: unknown): Buffer | null {
  if (value === null || value === undefined) return null;
  if (Buffer.isBuffer(value)) return value;
  return typeof value === 'string' ? Buffer.from(value) : jsonCodec.encode(value);
}
