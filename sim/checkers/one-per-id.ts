/**
 * I6, I7, I8, I9: what a topic with `gregor.dedupe.by` appended and what it left out, held against a naive model that goes
 * through the log from its start and decides each record that was sent as the log stood there.
 *
 *   its id counts, within the window, or came before in its batch or transaction   must be missing
 *   another transaction that was open then holds its id                             no record of its batch may be there
 *   else                                                                            must be there, at its own offset
 *
 * A batch of which nothing is there must have been a duplicate at some moment between its first attempt and its answer.
 *
 * A window of time is one of whole milliseconds, as the broker's clock shows them. When it decided is known within bounds: not
 * before anybody sent the batch, and not after anybody was told of its offset or a later one. What may have been decided
 * either way within them is not judged.
 */
import type { DedupeWindow, LogFacts, SentBatch } from '../history/facts.ts';
import type { FinalLog } from '../history/final-look.ts';
import type { TransactionFacts } from '../history/transaction-facts.ts';
import type { CheckerKind, Violated } from './checker.ts';
import { short } from './offsets.ts';

/** An id that counts, or is held, and the batch that brought it. */
interface Taken {
  readonly batch: SentBatch;
  /** Base offset of what made it count: its batch as it lies there, or the commit's marker. */
  readonly countsFrom: number;
  /** Among all ids that count; of one that is held: unknown. */
  readonly position: number;
}

interface Moment {
  /** Virtual time. */
  readonly time: number;
  /** What the clocks of all machines show: they agree where the window is one of time. */
  readonly clock: number;
}

const NEVER: Moment = { time: Number.POSITIVE_INFINITY, clock: Number.POSITIVE_INFINITY };

/** When clients did what. */
class Times {
  readonly #firstSent = new Map<SentBatch, Moment>();
  readonly #firstTold = new Map<SentBatch, Moment>();
  readonly #ended = new Map<TransactionFacts, Moment>();
  /** The offsets that somebody was told of, each when it was the highest so far. */
  readonly #offsets = new Map<LogFacts, { readonly offset: number; readonly told: Moment }[]>();
  now: () => Moment = () => NEVER;

  sent(batch: SentBatch): void {
    if (!this.#firstSent.has(batch)) this.#firstSent.set(batch, this.now());
  }

  acknowledged(batch: SentBatch, offset: number): void {
    const told = this.now();
    if (!this.#firstTold.has(batch)) this.#firstTold.set(batch, told);
    const ofLog = this.#offsets.get(batch.log) ?? [];
    this.#offsets.set(batch.log, ofLog);
    if (offset > (ofLog.at(-1)?.offset ?? -1)) ofLog.push({ offset, told });
  }

  ended(transaction: TransactionFacts): void {
    this.#ended.set(transaction, this.now());
  }

  /** The end was told before anybody first sent this batch. */
  endedBefore(transaction: TransactionFacts, batch: SentBatch): boolean {
    return (this.#ended.get(transaction) ?? NEVER).time < this.#firstSent.get(batch)!.time;
  }

  /** Not so when the batch was acknowledged before anybody sent the other one. */
  mayHaveMet({ batch: taken }: Taken, batch: SentBatch): boolean {
    return this.#firstSent.get(taken)!.time < this.#firstTold.get(batch)!.time;
  }

  /** How old an id was at least when any attempt of this batch was decided. */
  leastAge({ batch: taken, countsFrom }: Taken, batch: SentBatch): number {
    const { transaction, log } = taken;
    const ended = (transaction && this.#ended.get(transaction)) ?? NEVER;
    return this.#firstSent.get(batch)!.clock - Math.min(this.#there(log, countsFrom).clock, ended.clock);
  }

  /** How old it was at most when what lies at this offset was decided: it may be an attempt that came after an answer to another. */
  mostAge({ batch: taken }: Taken, baseOffset: number): number {
    return this.#there(taken.log, baseOffset).clock - this.#firstSent.get(taken)!.clock;
  }

  /** When it was known that the log has this offset. */
  #there(log: LogFacts, offset: number): Moment {
    return this.#offsets.get(log)?.find((one) => one.offset >= offset)?.told ?? NEVER;
  }
}

export const onePerId: CheckerKind = {
  promises: ['I6', 'I7', 'I8', 'I9'],
  make(violated) {
    const times = new Times();
    const holders = new Map<LogFacts, Map<string, Set<TransactionFacts>>>();
    return {
      name: 'one record per id',
      watch(sim) {
        times.now = () => ({ time: sim.time, clock: sim.clock.now() });
      },
      sent(batch) {
        const { log, transaction, keys } = batch;
        if (log.dedupe === undefined) return;
        times.sent(batch);
        if (transaction === undefined) return;
        const ofLog = holders.get(log) ?? new Map<string, Set<TransactionFacts>>();
        holders.set(log, ofLog);
        for (const key of keys) ofLog.set(key!, (ofLog.get(key!) ?? new Set()).add(transaction));
      },
      acknowledged(batch, _attempt, baseOffset) {
        if (batch.log.dedupe !== undefined) times.acknowledged(batch, baseOffset);
      },
      ended(transaction) {
        times.ended(transaction);
      },
      refused(batch, _attempt, error) {
        const { log, keys, producer, transaction } = batch;
        // Batches of transactions hear it for other reasons too.
        if (log.dedupe === undefined || error !== 'NOT_ENOUGH_REPLICAS' || transaction !== undefined) return;
        const mayHold = (other: TransactionFacts) => !times.endedBefore(other, batch);
        const ofLog = holders.get(log);
        if (!keys.some((key) => [...(ofLog?.get(key!) ?? [])].some(mayHold)))
          violated(
            `I9: ${log.name}: ${producer} was told to wait, and no transaction that may be open has one of its ids`,
          );
      },
      finished({ logs }) {
        for (const seen of logs)
          if (seen.log.dedupe !== undefined) new Replay(seen, seen.log.dedupe, times, violated).run();
      },
    };
  },
};

/** One batch as it lies in the log. */
interface Lying {
  readonly batch: SentBatch;
  readonly baseOffset: number;
  readonly producerId: number;
  /** Indexes of its records that are there. */
  readonly indexes: Set<number>;
}

class Replay {
  readonly #seen: FinalLog;
  readonly #window: DedupeWindow;
  readonly #times: Times;
  readonly #violated: Violated;
  /** By id: all that ever counted, the newest last. */
  readonly #counting = new Map<string, Taken[]>();
  /** Of open transactions, by producer id. */
  readonly #held = new Map<number, Map<string, Taken>>();
  /** How many ids counted once everything up to an offset was there. */
  readonly #counts: { readonly offset: number; readonly count: number }[] = [];
  #next = 0;

  constructor(seen: FinalLog, window: DedupeWindow, times: Times, violated: Violated) {
    this.#seen = seen;
    this.#window = window;
    this.#times = times;
    this.#violated = violated;
  }

  run(): void {
    const { log, records } = this.#seen;
    const there = new Map<SentBatch, Lying[]>();
    let lying: Lying | undefined;
    const close = () => {
      if (lying !== undefined) this.#decide(lying);
      lying = undefined;
    };
    for (const { offset, value, fate, producerId } of records) {
      const batch = log.sent.get(value);
      const index = batch?.values.indexOf(value) ?? 0;
      if (lying?.batch !== batch || lying?.baseOffset !== offset - index) close();
      if (fate === 'marker') this.#end(producerId, value.startsWith('commit'), offset);
      if (batch === undefined) continue; // a marker; anything else is told by another checker
      if (lying === undefined) {
        lying = { batch, baseOffset: offset - index, producerId, indexes: new Set() };
        there.set(batch, [...(there.get(batch) ?? []), lying]);
      }
      lying.indexes.add(index);
    }
    close();
    for (const batch of new Set(log.sent.values())) this.#answered(batch, there.get(batch) ?? []);
  }

  #end(producerId: number, isCommit: boolean, offset: number): void {
    const held = this.#held.get(producerId);
    this.#held.delete(producerId);
    if (held === undefined || !isCommit) return;
    for (const [id, { batch }] of held) this.#count(id, { batch, countsFrom: offset });
    this.#counts.push({ offset, count: this.#next });
  }

  #count(id: string, taken: Omit<Taken, 'position'>): void {
    const all = this.#counting.get(id) ?? [];
    this.#counting.set(id, all);
    all.push({ ...taken, position: this.#next++ });
  }

  #decide(lying: Lying): void {
    const { batch, baseOffset, producerId, indexes } = lying;
    const isTransactional = batch.kind === 'transactional';
    const fresh: { readonly id: string; readonly taken: Omit<Taken, 'position'> }[] = [];
    for (const [index, id] of batch.keys.entries()) {
      const isThere = indexes.has(index);
      const verdict = this.#verdict(lying, id!, fresh);
      const where = `${this.#seen.log.name} @${baseOffset + index}: '${short(batch.values[index]!)}' of ${batch.producer}`;
      if (verdict === 'duplicate' && isThere)
        this.#violated(`I6: ${where} is there, and its id ${id} was known already`);
      if (verdict === 'new' && !isThere)
        this.#violated(`I7: ${where} is missing from its batch, and its id ${id} was not known`);
      if (!isThere) continue;
      this.#notHeld(producerId, id!, where);
      fresh.push({ id: id!, taken: { batch, countsFrom: baseOffset } });
    }
    if (!isTransactional) for (const { id, taken } of fresh) this.#count(id, taken);
    else {
      const held = this.#held.get(producerId) ?? new Map<string, Taken>();
      this.#held.set(producerId, held);
      for (const { id, taken } of fresh) held.set(id, { ...taken, position: -1 });
    }
    this.#counts.push({ offset: baseOffset + batch.keys.length - 1, count: this.#next });
  }

  #notHeld(producerId: number, id: string, where: string): void {
    for (const [other, held] of this.#held)
      if (other !== producerId && held.has(id))
        this.#violated(
          `I9: ${where} is there, and the open transaction of producer ${other} has its id ${id}`,
        );
  }

  #verdict(
    { batch, baseOffset, producerId }: Lying,
    id: string,
    fresh: readonly { readonly id: string }[],
  ): 'duplicate' | 'new' | 'unknown' {
    const isTransactional = batch.kind === 'transactional';
    const { count, ms } = this.#window;
    const before = fresh.findLastIndex((one) => one.id === id);
    if (before >= 0 && (isTransactional || fresh.length - before <= count)) return 'duplicate';
    if (isTransactional && this.#held.get(producerId)?.has(id) === true) return 'duplicate';
    const taken = this.#counting.get(id)?.at(-1);
    const next = this.#next + (isTransactional ? 0 : fresh.length);
    if (taken === undefined || next - taken.position > count) return 'new';
    if (ms === Number.POSITIVE_INFINITY || this.#times.mostAge(taken, baseOffset) < ms) return 'duplicate';
    return this.#times.leastAge(taken, batch) >= ms ? 'new' : 'unknown';
  }

  /** What was told of a batch is so. */
  #answered(batch: SentBatch, lying: readonly Lying[]): void {
    const { log, acknowledged, keys, producer } = batch;
    if (acknowledged === undefined) return;
    if (lying.length === 0) for (const [index, id] of keys.entries()) this.#wasThere(batch, index, id!);
    if (acknowledged < 0 || lying.some(({ baseOffset }) => baseOffset === acknowledged)) return;
    const found = this.#seen.records.find(({ offset }) => offset === acknowledged);
    if (found?.key !== keys[0])
      this.#violated(
        `I7: ${log.name}: batch ${batch.order} of ${producer} was answered with ${acknowledged}, where ${found?.key ?? 'nothing'} is, not ${keys[0]}`,
      );
  }

  /** A record that was told to be a duplicate: at some moment its id was known. */
  #wasThere(batch: SentBatch, index: number, id: string): void {
    const { acknowledgedBefore } = batch.attempts[0]!;
    const next = this.#counts.findLast(({ offset }) => offset < acknowledgedBefore)?.count ?? 0;
    const { count, ms } = this.#window;
    const isReason = (taken: Taken) =>
      this.#times.mayHaveMet(taken, batch) &&
      next - taken.position <= count &&
      this.#times.leastAge(taken, batch) < ms;
    const isOwn = ({ value }: FinalLog['records'][number]) => {
      const other = this.#seen.log.sent.get(value);
      return other?.transaction !== undefined && other.transaction === batch.transaction;
    };
    if ((this.#counting.get(id) ?? []).some(isReason)) return;
    if (this.#seen.records.some((record) => record.key === id && isOwn(record))) return;
    this.#violated(
      `I7: ${batch.log.name}: '${short(batch.values[index]!)}' of ${batch.producer} was acknowledged and is not there, and nothing else has its id ${id}`,
    );
  }
}
