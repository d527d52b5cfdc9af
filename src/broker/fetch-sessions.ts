/**
 * FetchSessions: all fetch sessions, bounded. The one used longest ago makes room for a new one.
 *
 * A session belongs to the broker, not to a connection: a client may come back on another one.
 */
import type { Random } from '../env/index.ts';
import { KafkaError } from '../protocol/index.ts';
import { type FetchPartition, FetchSession, sessionKind } from './fetch-session.ts';

/** `max.incremental.fetch.session.cache.slots` */
export const FETCH_SESSIONS_MAX = 1000;

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

  constructor(random: Random, limit = FETCH_SESSIONS_MAX) {
    this.#random = random;
    this.#limit = limit;
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
        this.#sessions.delete(id);
        return { session: undefined, wanted, isIncremental: false };
      case 'create': {
        this.#sessions.delete(id);
        if (wanted.length === 0) return { session: undefined, wanted, isIncremental: false };
        const session = new FetchSession(this.#freeId(), usesTopicIds);
        session.remember(wanted);
        this.#sessions.set(session.id, session);
        if (this.#sessions.size > this.#limit) this.#sessions.delete(this.#sessions.keys().next().value!);
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
    session.update(epoch, wanted, forgotten, usesTopicIds);
    this.#sessions.delete(id);
    if (session.isEmpty) return { session: undefined, wanted: [], isIncremental: false };
    this.#sessions.set(id, session); // now the one used last
    return { session, wanted: session.wanted(), isIncremental: true };
  }

  #freeId(): number {
    for (;;) {
      const id = 1 + this.#random.below(0x7ffffffe);
      if (!this.#sessions.has(id)) return id;
    }
  }
}
