/**
 * PeerLines: what the log says of peers that were refused or ended. Anybody who reaches the port can cause such lines, as fast as
 * connections come: so many are told in a while, the rest is counted, and the count is told when the while is over.
 */
import type { EventSink } from '../base/index.ts';
import type { Clock } from '../env/index.ts';

const LINES_MAX = 20;
const WHILE_MS = 10_000;

export class PeerLines {
  readonly #events: EventSink;
  readonly #clock: Pick<Clock, 'after' | 'monotonic'>;
  #since = Number.NEGATIVE_INFINITY;
  #told = 0;
  #leftOut = 0;
  #cancel: (() => void) | undefined;

  constructor(events: EventSink, clock: Pick<Clock, 'after' | 'monotonic'>) {
    this.#events = events;
    this.#clock = clock;
  }

  /** Warnings are counted. What is worse is a fault of ours, and always told. */
  readonly sink: EventSink = (level, message, fields) => {
    if (level === 'warn' && !this.#mayTell()) this.#leftOut++;
    else this.#events(level, message, fields);
  };

  #mayTell(): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#since >= WHILE_MS) {
      this.#since = now;
      this.#told = 0;
    }
    if (this.#told++ < LINES_MAX) return true;
    this.#cancel ??= this.#clock.after(this.#since + WHILE_MS - now, () => this.tellRest());
    return false;
  }

  /** Those that were left out. At the end of a while, and of the server. */
  tellRest(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#leftOut > 0)
      this.#events(
        'warn',
        `${this.#leftOut} more connections were refused or closed in ${WHILE_MS / 1000} s; gregor why: what for`,
        { leftOut: this.#leftOut },
      );
    this.#leftOut = 0;
  }
}
