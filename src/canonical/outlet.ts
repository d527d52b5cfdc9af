/**
 * Outlet: records in the order in which they were given, each behind what it needs: the definition, where it is read from the log first,
 * and its complement, where that is kept in a topic. A record is sent once its complement is acknowledged; what comes later waits.
 * With a definition at hand that keeps complements in headers, nothing waits.
 */
import type { ComplementRecord } from './complement.ts';
import { Lens, type CanonicalRecord } from './lens.ts';
import { publishedLens } from './published.ts';

export type Canonical = Lens['toCanonical'];
type Texts = () => Promise<ReadonlyMap<string, string>>;

export class Outlet {
  readonly #texts: Texts;
  readonly #name: string;
  #lens: Lens | undefined;
  #reading: Promise<Lens> | undefined;
  /** Settles when everything that was given before has been handed on. */
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** `texts`: what is published, by id. */
  constructor(definition: Lens | string, texts: Texts) {
    this.#texts = texts;
    this.#lens = definition instanceof Lens ? definition : undefined;
    this.#name = definition instanceof Lens ? definition.form : definition;
  }

  /** For another stream of records with the same definition, which must be there. */
  another(): Outlet {
    return new Outlet(this.#lens!, this.#texts);
  }

  /** Rejects when the definition is not published, or cannot be used; the next call looks again. */
  ready(): Promise<Lens> {
    if (this.#lens !== undefined) return Promise.resolve(this.#lens);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** `make` turns the raw records into canonical ones and answers what sends them; `keep` sends complements. */
  async send<T>(
    keep: (complements: readonly ComplementRecord[]) => Promise<unknown>,
    make: (canonical: Canonical) => () => Promise<T>,
  ): Promise<T> {
    const lens = this.#lens;
    const made = lens === undefined ? undefined : prepared(lens, make);
    if (made !== undefined && made.complements.length === 0 && this.#waiting === 0) return made.go();
    this.#waiting++;
    const turn = this.#turn.then(async () => {
      const { go, complements } = made ?? prepared(await this.ready(), make);
      if (complements.length > 0) await keep(complements);
      return go;
    });
    this.#turn = turn.then(
      () => this.#waiting--,
      () => this.#waiting--,
    );
    const go = await turn;
    return go();
  }

  async #read(): Promise<Lens> {
    this.#lens = publishedLens(this.#name, await this.#texts());
    return this.#lens;
  }
}

function prepared<T>(lens: Lens, make: (canonical: Canonical) => () => Promise<T>) {
  const complements: ComplementRecord[] = [];
  const go = make((value, headers) => {
    const record: CanonicalRecord = lens.toCanonical(value, headers);
    if (record.complement !== undefined) complements.push(record.complement);
    return record;
  });
  return { go, complements };
}
