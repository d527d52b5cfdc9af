/**
 * FetchSessions: all fetch sessions, bounded in their number and in the partitions that they remember together. The ones used
 * longest ago make room; a client whose session is gone hears FETCH_SESSION_ID_NOT_FOUND and asks for everything anew. What
 * alone is beyond the bound gets no session, as where Kafka has no place for one: each of its requests says everything.
 *
 * A session belongs to the broker, not to a connection: a client may come back on another one.
 */
import type { Random } from '../env/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { type FetchPartition, FetchSession, sessionKind } from './fetch-session.ts';

/** `max.incremental.fetch.session.cache.slots` */
export const FETCH_SESSIONS_MAX = 1000;
/** Partitions that all sessions remember together: about 300 bytes each. */
const PARTITIONS_MAX = 500_000;

export interface FetchPlan {
  readonly session: FetchSession | undefined;
  readonly wanted: readonly FetchPartition[];
  /** True: only news is told. */
  readonly isIncremental: boolean;
}

export class FetchSessions {
  /** In order of last use: the first is the oldest. */
  readonly #sessions = new Map<number, FetchSession>();
  readonly #random: Random;
  readonly #limit: number;
  readonly #partitionsMax: number;
  /** Remembered by all sessions together. */
  #partitions = 0;

  constructor(random: Random, limit = FETCH_SESSIONS_MAX, partitionsMax = PARTITIONS_MAX) {
    this.#random = random;
    this.#limit = limit;
    this.#partitionsMax = partitionsMax;
  }

  plan(
    id: number,
    epoch: number,
    wanted: readonly FetchPartition[],
    forgotten: readonly string[],
    usesTopicIds: boolean,
  ): FetchPlan {
    switch (sessionKind(id, epoch)) {
      case 'none':
        return { session: undefined, wanted, isIncremental: false };
      case 'close':
        this.#forget(id);
        return { session: undefined, wanted, isIncremental: false };
      case 'create': {
        this.#forget(id);
        if (wanted.length === 0) return { session: undefined, wanted, isIncremental: false };
        const session = new FetchSession(this.#freeId(), usesTopicIds);
        session.remember(wanted);
        if (!this.#keep(session)) return { session: undefined, wanted, isIncremental: false };
        return { session, wanted, isIncremental: false };
      }
      case 'continue':
        return this.#continue(id, epoch, wanted, forgotten, usesTopicIds);
    }
  }

  #continue(
    id: number,
    epoch: number,
    wanted: readonly FetchPartition[],
    forgotten: readonly string[],
    usesTopicIds: boolean,
  ): FetchPlan {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new KafkaError('FETCH_SESSION_ID_NOT_FOUND', `no fetch session ${id}`);
    const before = session.size;
    session.update(epoch, wanted, forgotten, usesTopicIds);
    session.endWait?.(); // whoever asks on has given up on the answer before
    this.#sessions.delete(id);
    this.#partitions -= before;
    if (session.size === 0) return { session: undefined, wanted: [], isIncremental: false };
    if (!this.#keep(session))
      throw new KafkaError('FETCH_SESSION_ID_NOT_FOUND', `session ${id} got too large`);
    return { session, wanted: session.wanted(), isIncremental: true };
  }

  /** As the one used last. False: there is no room for it. */
  #keep(session: FetchSession): boolean {
    if (session.size > this.#partitionsMax || this.#limit === 0) return false;
    this.#sessions.set(session.id, session);
    this.#partitions += session.size;
    while (this.#sessions.size > this.#limit || this.#partitions > this.#partitionsMax)
      this.#forget(this.#sessions.keys().next().value!);
    return true;
  }

  #forget(id: number): void {
    this.#partitions -= this.#sessions.get(id)?.size ?? 0;
    this.#sessions.delete(id);
  }

  #freeId(): number {
    for (;;) {
      const id = 1 + this.#random.below(0x7ffffffe);
      if (!this.#sessions.has(id)) return id;
    }
  }
}
