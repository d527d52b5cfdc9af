/**
 * Occasions: the moments at which a fault could come at a place, counted, and the one moment at which it was told to come.
 *
 * A place is a fault at a kind of verb: `killed before: rename .new`, `killed after: socket write`, `EIO: sync journal`,
 * `ENOSPC: write .log`. Counting draws nothing, so a run with a directed fault is, up to that fault, the run of the same seed
 * without one: the n-th occasion that one run had, the other has too.
 */
export type PlaceFault = 'killed before' | 'killed after' | 'EIO' | 'ENOSPC';

/** Comes at the `nth` occasion of its place. */
export interface DirectedFault {
  readonly place: string;
  readonly nth: number;
}

/** Which faults this world bears now. */
export interface Bearable {
  /** How a life may end. */
  readonly death: 'kill' | 'power cut' | undefined;
  readonly error: boolean;
  readonly fullDisk: boolean;
}

export class Occasions {
  directed: DirectedFault | undefined;
  /** By place. */
  readonly counts = new Map<string, number>();
  readonly #kill: () => void;
  readonly #powerCut: () => void;
  #bearable: Bearable | undefined;

  constructor(kill: () => void, powerCut: () => void) {
    this.#kill = kill;
    this.#powerCut = powerCut;
  }

  /** From now on they count; undefined: nothing may come any more. */
  open(bearable: Bearable | undefined): void {
    this.#bearable = bearable;
  }

  /** One more. True: the directed fault comes here. */
  meets(fault: PlaceFault, kind: string): boolean {
    if (this.#bearable === undefined || !isBearable(this.#bearable, fault)) return false;
    const place = `${fault}: ${kind}`;
    const nth = (this.counts.get(place) ?? 0) + 1;
    this.counts.set(place, nth);
    return this.directed?.place === place && this.directed.nth === nth;
  }

  /** How a life ends that the directed fault ends; to be called between two steps. */
  get die(): () => void {
    return this.#bearable?.death === 'kill' ? this.#kill : this.#powerCut;
  }
}

function isBearable({ death, error, fullDisk }: Bearable, fault: PlaceFault): boolean {
  if (fault === 'EIO') return error;
  return fault === 'ENOSPC' ? fullDisk : death !== undefined;
}
