/**
 * Shard: one pure mind on one partition of the log, the only place where the two meet.
 *
 *   ask -> decide -> append (place in the log) -> replay -> ... durable -> answer
 *
 * Everything up to and including replay happens in one turn: the next question sees it.
 *
 *   K1  an answer leaves when every append before it is durable, its own decision's and those it could have seen
 *   K2  memory is the replay of the log plus who is waiting; when an append fails, all of it is thrown away and loaded
 *       again, and everybody who waits is told to look for the coordinator
 *   K3  answers leave in the order of their decisions
 */
import { type Deferred, deferred, type EventSink } from '../base/index.ts';
import type { Clock } from '../env/index.ts';
import { KafkaError, MalformedMessage } from '../protocol/index.ts';
import type { CoordinatorPartition } from './partition.ts';
import type { SessionClock } from './session-clock.ts';

/** What a mind decided; see Decision in groups. */
export interface Outcome<R> {
  readonly answers: readonly { readonly token: number; readonly response: unknown }[];
  readonly records: readonly R[];
  readonly timers: ReadonlyMap<string, number | null>;
}

export interface Mind<R, D> {
  replay(record: R): void;
  fire(decision: D, key: string): void;
  loaded(decision: D): void;
}

/** Everything that makes a shard one of groups, or of transactions. */
export interface ShardKind<M, R, D, P extends CoordinatorPartition = CoordinatorPartition> {
  readonly name: string;
  createMind(): M;
  createDecision(now: { wallMs: number; sessionMs: number }): D;
  /**
   * Gives the records their place in the log, and replays each once it has it. Answers when they are durable; throws a
   * KafkaError when the log takes nothing more.
   */
  place(partition: P, records: readonly R[], wallMs: number, replay: (record: R) => void): Promise<void>;
  /** The log was read whole: what else the partitions tell. In the turn in which the mind is asked from then on. */
  complete?(mind: M, partition: P): void;
  /** Calls back for every record in whole batches, oldest first. */
  decode(batches: Buffer, onRecord: (record: R) => void): void;
}

export interface ShardWorld {
  readonly clock: Clock;
  readonly sessions: SessionClock;
  readonly events: EventSink;
}

type ShardState = 'loading' | 'active' | 'closed';
interface Append {
  durable: boolean;
  /** What may leave when this append and all before it are durable. */
  readonly answers: { readonly token: number; readonly response: unknown }[];
}

const RELOAD_PAUSE_MS = 500;

export class Shard<
  M extends Mind<R, D>,
  R,
  D extends Outcome<R>,
  P extends CoordinatorPartition = CoordinatorPartition,
> {
  readonly #kind: ShardKind<M, R, D, P>;
  readonly #partition: P;
  readonly #world: ShardWorld;
  readonly #closing = new AbortController();
  #state: ShardState = 'loading';
  #mind: M;
  #lastToken = 0;
  /** Carrying out what the mind decided when it was loaded: when that fails, loading at once would fail again. */
  #isResuming = false;
  /** Askers without an answer yet, whether none was decided or it may not leave. */
  readonly #asking = new Map<number, Deferred<unknown>>();
  /** Appends that are not durable, and durable ones behind them; oldest first. */
  #appends: Append[] = [];
  readonly #timers = new Map<string, () => void>();
  readonly #takenWhileLoading: { readonly record: R; readonly durable: Promise<void> }[] = [];

  constructor(kind: ShardKind<M, R, D, P>, partition: P, world: ShardWorld) {
    this.#kind = kind;
    this.#partition = partition;
    this.#world = world;
    this.#mind = kind.createMind();
  }

  get index(): number {
    return this.#partition.index;
  }

  /** Loads the mind from the log; tries again until it succeeds or the shard is closed. */
  async load(pauseMs = 0): Promise<void> {
    if (pauseMs > 0) await this.#world.clock.sleep(pauseMs, this.#closing.signal);
    while (this.#state === 'loading') {
      const mind = this.#kind.createMind();
      try {
        const startMs = this.#world.clock.monotonic();
        let records = 0;
        await this.#partition.readAll((batches) =>
          this.#kind.decode(batches, (record) => {
            records += 1;
            mind.replay(record);
          }),
        );
        if (this.#state !== 'loading') return;
        this.#activate(mind);
        this.#tell('debug', 'loaded', { records, ms: Math.round(this.#world.clock.monotonic() - startMs) });
      } catch (error) {
        if (!(error instanceof KafkaError || error instanceof MalformedMessage)) throw error;
        this.#tell('error', 'cannot load, trying again', { error: error.message });
        await this.#world.clock.sleep(RELOAD_PAUSE_MS, this.#closing.signal);
      }
    }
  }

  #activate(mind: M): void {
    const taken = this.#takenWhileLoading.splice(0);
    for (const { record } of taken) mind.replay(record);
    this.#kind.complete?.(mind, this.#partition);
    this.#mind = mind;
    this.#state = 'active';
    for (const { durable } of taken) this.#await(durable); // K1
    const decision = this.#decision();
    mind.loaded(decision);
    this.#isResuming = true;
    this.#carryOut(decision);
    this.#isResuming = false;
  }

  /** Asks the mind. The answer itself when it may leave at once, else a promise. */
  ask<A>(question: (mind: M, decision: D, token: number) => void): A | Promise<A> {
    this.#requireActive();
    const token = ++this.#lastToken;
    const decision = this.#decision();
    question(this.#mind, decision, token);
    if (decision.records.length === 0 && this.#appends.length === 0) {
      const own = decision.answers.find((answer) => answer.token === token);
      if (own !== undefined) {
        this.#carryOut(decision);
        return own.response as A;
      }
    }
    const asking = deferred<unknown>();
    this.#asking.set(token, asking);
    this.#carryOut(decision);
    return asking.promise as Promise<A>;
  }

  /**
   * Asks the mind; the answer in this turn, before what it says is durable: only for who appends next to the same journal, and
   * is durable only after. Undefined: there is no answer, the log took nothing.
   */
  askNow<A>(question: (mind: M, decision: D, token: number) => void): A | undefined {
    this.#requireActive();
    const token = ++this.#lastToken;
    const decision = this.#decision();
    question(this.#mind, decision, token);
    this.#carryOut(decision);
    if (this.#state !== 'active') return undefined;
    return decision.answers.find((answer) => answer.token === token)?.response as A;
  }

  /** Asks what leaves the log as it is; the answer in this turn. */
  look<A>(question: (mind: M) => A): A {
    this.#requireActive();
    return question(this.#mind);
  }

  /** Lets the mind do something that nobody waits for. */
  run(act: (mind: M, decision: D) => void): void {
    if (this.#state !== 'active') return;
    const decision = this.#decision();
    act(this.#mind, decision);
    this.#carryOut(decision);
  }

  close(): void {
    this.#state = 'closed';
    this.#closing.abort();
    this.#forgetAll(new KafkaError('NOT_COORDINATOR'));
  }

  #requireActive(): void {
    if (this.#state === 'loading') throw new KafkaError('COORDINATOR_LOAD_IN_PROGRESS');
    if (this.#state === 'closed') throw new KafkaError('NOT_COORDINATOR');
  }

  #decision(): D {
    const { clock, sessions } = this.#world;
    return this.#kind.createDecision({ wallMs: clock.now(), sessionMs: sessions.now() });
  }

  #carryOut(decision: D): void {
    if (decision.records.length > 0 && !this.#append(decision.records)) return;
    for (const [key, atMs] of decision.timers) this.#setTimer(key, atMs);
    const last = this.#appends.at(-1);
    if (last !== undefined)
      last.answers.push(...decision.answers); // K1
    else for (const { token, response } of decision.answers) this.#give(token, response);
  }

  /** False: the log took nothing, and the mind is being loaded again. */
  #append(records: readonly R[]): boolean {
    try {
      const wallMs = this.#world.clock.now();
      const mind = this.#mind;
      this.#await(this.#kind.place(this.#partition, records, wallMs, (record) => mind.replay(record)));
    } catch (error) {
      this.#fail(error);
      return false;
    }
    return true;
  }

  /**
   * A record of this partition that others gave its place in the log: the end of a transaction. To be told in the turn of
   * its append.
   */
  take(record: R, durable: Promise<void>): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'loading') {
      durable.catch(() => {}); // heard of by whoever awaits it once this is active
      this.#takenWhileLoading.push({ record, durable }); // perhaps the log was read up to its end already; replayed twice it changes nothing
      return;
    }
    this.#mind.replay(record);
    this.#await(durable);
  }

  #await(durable: Promise<void>): void {
    const append: Append = { durable: false, answers: [] };
    this.#appends.push(append);
    durable.then(
      () => this.#onDurable(append),
      (error) => this.#appends.includes(append) && this.#fail(error),
    );
  }

  #onDurable(append: Append): void {
    append.durable = true;
    while (this.#appends[0]?.durable === true)
      for (const { token, response } of this.#appends.shift()!.answers) this.#give(token, response); // K3
  }

  #give(token: number, response: unknown): void {
    this.#asking.get(token)?.resolve(response);
    this.#asking.delete(token);
  }

  #setTimer(key: string, atMs: number | null): void {
    this.#timers.get(key)?.();
    this.#timers.delete(key);
    if (atMs === null) return;
    const { sessions } = this.#world;
    const wake = () => {
      this.#timers.delete(key);
      this.run((mind, decision) => mind.fire(decision, key));
    };
    this.#timers.set(key, sessions.after(atMs - sessions.now(), wake));
  }

  #fail(error: unknown): void {
    if (!(error instanceof KafkaError)) throw error;
    if (this.#state !== 'active') return;
    this.#tell('error', 'lost a write, loading again', { error: error.message });
    this.#state = 'loading';
    this.#forgetAll(refusalFor(error)); // K2
    void this.load(this.#isResuming ? RELOAD_PAUSE_MS : 0);
  }

  #forgetAll(reason: KafkaError): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#appends = [];
    this.#mind = this.#kind.createMind();
    const asking = [...this.#asking.values()];
    this.#asking.clear();
    for (const { reject } of asking) reject(reason);
  }

  #tell(level: 'debug' | 'error', what: string, fields: Record<string, unknown>): void {
    this.#world.events(level, `${this.#kind.name}: ${what}`, { partition: this.index, ...fields });
  }
}

/** What those who waited for a lost write are told: somebody else has the partition now, or nobody has it for the moment. */
function refusalFor(error: KafkaError): KafkaError {
  const moved = error.errorName === 'NOT_LEADER_OR_FOLLOWER' || error.errorName === 'KAFKA_STORAGE_ERROR';
  return new KafkaError(moved ? 'NOT_COORDINATOR' : 'COORDINATOR_NOT_AVAILABLE', error.message, {
    cause: error,
  });
}
