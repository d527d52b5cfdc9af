/** WayBack: canonical records of any published definition, turned back; or why that cannot be, in words that name what is missing. */
import {
  type CanonicalRecord,
  type ComplementPlace,
  complementPlaceOf,
  type Definition,
  FORM_HEADER,
  HASH_HEADER,
  type Headers,
  Lens,
  type RawRecord,
  Refused,
} from '../../canonical/index.ts';
import type { ReadRecord } from '../client/log-reader.ts';

export interface TurnedBack {
  readonly raw: RawRecord | undefined;
  /** What is missing for it to be what it was, byte for byte; undefined: nothing. */
  readonly missing: string | undefined;
  /** Of the missing record of another topic. */
  readonly missingKey?: string;
}

/** Where complements of side topics are found. */
interface Complements {
  find(topic: string, key: string): Promise<Uint8Array | undefined>;
}

export class WayBack {
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #complements: Complements;
  readonly #lenses = new Map<string, Lens>();

  constructor(definitions: ReadonlyMap<string, Definition>, complements: Complements) {
    this.#definitions = definitions;
    this.#complements = complements;
  }

  /** A promise where something must be looked up in another topic. */
  of(record: ReadRecord): TurnedBack | Promise<TurnedBack> {
    const headers: Headers = record.headers.map(([name, value]) => [name?.toString() ?? '', value]);
    const form = headers.findLast(([name]) => name === FORM_HEADER)?.[1];
    if (form === undefined || form === null)
      return missing(`it has no header ${FORM_HEADER}: it was never made canonical`);
    const lens = this.#lensOf(form.toString());
    if (typeof lens === 'string') return missing(lens);
    try {
      const place = record.value === null ? undefined : complementPlaceOf(headers);
      if (place === undefined) return turnedBack(lens, { value: record.value, headers });
      return this.#withComplement(lens, { value: record.value, headers }, place);
    } catch (error) {
      if (error instanceof Refused) return missing(error.message);
      throw error;
    }
  }

  async #withComplement(lens: Lens, record: CanonicalRecord, place: ComplementPlace): Promise<TurnedBack> {
    const value = await this.#complements.find(place.topic, place.key);
    if (value === undefined)
      return { ...missing(`its complement is not in the topic ${place.topic}`), missingKey: place.key };
    const complement = { topic: place.topic, key: Buffer.from(place.key), value };
    try {
      return turnedBack(lens, { ...record, complement });
    } catch (error) {
      if (error instanceof Refused) return { ...missing(error.message), missingKey: place.key };
      throw error;
    }
  }

  #lensOf(form: string): Lens | string {
    const known = this.#lenses.get(form);
    if (known !== undefined) return known;
    const [id, dialect] = form.split('/') as [string, string | undefined];
    const definition = this.#definitions.get(id);
    if (definition === undefined) return `its definition ${id} is not published (gregor canonical publish)`;
    if (!definition.dialects.has(dialect ?? ''))
      return `its definition ${id} has no dialect '${dialect ?? ''}'`;
    const lens = new Lens(definition, dialect ?? '');
    this.#lenses.set(form, lens);
    return lens;
  }
}

/** Throws `Refused`. */
function turnedBack(lens: Lens, record: CanonicalRecord): TurnedBack {
  const raw = lens.toRaw(record);
  if (raw.value === null || raw.isExact === true) return { raw, missing: undefined };
  const why =
    raw.isExact === undefined
      ? `it has no header ${HASH_HEADER}`
      : `its hash is not that of ${HASH_HEADER}: it was changed`;
  return { raw, missing: why };
}

function missing(reason: string): TurnedBack {
  return { raw: undefined, missing: reason };
}
