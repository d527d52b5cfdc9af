/**
 * Refusals: the last things that the broker refused, and why, for people whose client shows no text (`gregor why`).
 *
 * What one client is refused over and over is one entry that counts. The oldest entries go; of a flood only a part is looked at, and
 * the rest is counted. Nothing of this is kept over a restart.
 */
import type { Clock } from '../env/index.ts';
import { ERRORS, type ErrorName } from '../protocol/index.ts';
import { adviceFor } from './advice.ts';
import { refusedParts } from './refused-parts.ts';

/** Who was refused, and in what. */
export interface Refused {
  /** Without its port. */
  readonly address: string;
  readonly clientId: string | null;
  /** Undefined: it did not come so far as to ask for one. */
  readonly api: { readonly name: string; readonly version: number } | undefined;
}

export interface RefusalEntry {
  /** By the wall clock, milliseconds: the first and the last of them. */
  readonly since: number;
  readonly at: number;
  readonly count: number;
  readonly address: string;
  readonly clientId: string | null;
  /** `Produce v9`; absent: the connection itself was refused. */
  readonly api?: string | undefined;
  readonly error: ErrorName;
  readonly topic?: string | undefined;
  /** Of the last one. */
  readonly partition?: number | undefined;
  /** Of the last one. */
  readonly reason: string;
  readonly advice: string;
}

export interface RefusalReport {
  /** The newest first. */
  readonly refusals: readonly RefusalEntry[];
  /** Answers with errors that were not looked at, because there were too many in a second. */
  readonly notLookedAt: number;
}

const ENTRIES_MAX = 256;
const LOOKS_PER_SECOND = 50;
/** Of one answer. */
const PARTS_MAX = 16;
const TEXT_MAX = 400;
const SECOND_MS = 1000;
const OF_A_CONNECTION = 'Mend the client as the reason says, or raise the limit that it names.';

/** Everyday turns of the protocol: every client meets and handles them, and nobody has to do anything. */
const EVERYDAY: ReadonlySet<ErrorName> = new Set([
  'MEMBER_ID_REQUIRED',
  'REBALANCE_IN_PROGRESS',
  'FETCH_SESSION_ID_NOT_FOUND',
  'INVALID_FETCH_SESSION_EPOCH',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'CONCURRENT_TRANSACTIONS',
  'UNSTABLE_OFFSET_COMMIT',
]);

export class Refusals {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly #nameOf: (topicId: string) => string | undefined;
  /** The newest last. */
  readonly #entries = new Map<string, RefusalEntry>();
  #newest: RefusalEntry | undefined;
  #looks = 0;
  #looksSince = 0;
  #notLookedAt = 0;

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>, nameOf: (topicId: string) => string | undefined) {
    this.#clock = clock;
    this.#nameOf = nameOf;
  }

  /** An answer that holds errors. */
  answered(who: Refused, response: object): void {
    if (!this.#mayLook()) return;
    for (const { code, topic, topicId, partition, message } of refusedParts(response, PARTS_MAX)) {
      const name = topic ?? (topicId === undefined ? undefined : (this.#nameOf(topicId) ?? topicId));
      this.#add(who, code, message, name, partition);
    }
  }

  /** No answer at all: the connection was ended, or never begun. */
  ended(who: Refused, error: ErrorName, reason: string): void {
    const isTold = this.#newest?.address === who.address && this.#newest.reason === short(reason);
    if (isTold && who.api === undefined) return; // by who knew more
    if (this.#mayLook()) this.#add(who, error, reason, undefined, undefined);
  }

  report(): RefusalReport {
    return { refusals: [...this.#entries.values()].reverse(), notLookedAt: this.#notLookedAt };
  }

  #mayLook(): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#looksSince >= SECOND_MS) {
      this.#looksSince = now;
      this.#looks = 0;
    }
    if (++this.#looks <= LOOKS_PER_SECOND) return true;
    this.#notLookedAt++;
    return false;
  }

  #add(
    { address, clientId, api }: Refused,
    error: ErrorName,
    reason: string | undefined,
    topic: string | undefined,
    partition: number | undefined,
  ): void {
    if (EVERYDAY.has(error)) return;
    const now = this.#clock.now();
    const key = JSON.stringify([address, clientId, api?.name, error, topic]);
    const known = this.#entries.get(key);
    const entry = {
      since: known?.since ?? now,
      at: now,
      count: (known?.count ?? 0) + 1,
      address,
      clientId: clientId === null ? null : short(clientId),
      api: api === undefined ? undefined : `${api.name} v${api.version}`,
      error,
      topic: topic === undefined ? undefined : short(topic),
      partition,
      reason: short(reason ?? ERRORS[error][2]),
      advice: api === undefined ? OF_A_CONNECTION : adviceFor(error, topic),
    };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#newest = entry;
    if (this.#entries.size > ENTRIES_MAX) this.#entries.delete(this.#entries.keys().next().value!);
  }
}

function short(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX - 1)}\u2026`;
}
