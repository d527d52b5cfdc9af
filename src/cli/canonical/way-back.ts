/** WayBack: canonical records of any published definition, turned back; or why that cannot be, in words that name what is missing. */
import {
  type Definition,
  FORM_HEADER,
  HASH_HEADER,
  type Headers,
  Lens,
  type RawRecord,
  Refused,
} from '../../canonical/index.ts';
import type { ReadRecord } from '../client/log-reader.ts';

/** Undefined reason: it is what it was, byte for byte. */
export interface TurnedBack {
  readonly raw: RawRecord | undefined;
  readonly missing: string | undefined;
}

export class WayBack {
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #lenses = new Map<string, Lens>();

  constructor(definitions: ReadonlyMap<string, Definition>) {
    this.#definitions = definitions;
  }

  of(record: ReadRecord): TurnedBack {
    const headers: Headers = record.headers.map(([name, value]) => [name?.toString() ?? '', value]);
    const form = headers.findLast(([name]) => name === FORM_HEADER)?.[1];
    if (form === undefined || form === null)
      return missing(`it has no header ${FORM_HEADER}: it was never made canonical`);
    const lens = this.#lensOf(form.toString());
    if (typeof lens === 'string') return missing(lens);
    try {
      const raw = lens.toRaw({ value: record.value, headers });
      if (raw.value === null || raw.isExact === true) return { raw, missing: undefined };
      const why =
        raw.isExact === undefined
          ? `it has no header ${HASH_HEADER}`
          : `its hash is not that of ${HASH_HEADER}: it was changed`;
      return { raw, missing: why };
    } catch (error) {
      if (error instanceof Refused) return missing(error.message);
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

function missing(reason: string): TurnedBack {
  return { raw: undefined, missing: reason };
}
