/**
 * Lens: one dialect of a definition at work.
 *
 *   toCanonical   raw bytes -> tree -> steps -> schema -> canonical bytes + headers -> turned back, and compared
 *   toRaw         canonical bytes -> tree -> steps backwards -> key order -> layout -> raw bytes
 *
 * What `toCanonical` gives, `toRaw` turns back: that is tried with every record before it is given. Both are pure: the same
 * record gives the same bytes, here and in the Python package.
 */
import { hash } from 'node:crypto';
import { CanonicalCheck, requireObject, textOf } from './check.ts';
import { complementOf, complementPlaceOf, type ComplementRecord, keptComplement } from './complement.ts';
import type { Definition, Dialect } from './definition.ts';
import {
  COMPLEMENT_HEADER,
  FORM_HEADER,
  HASH_HEADER,
  type Header,
  type Headers,
  headerOf,
  headerText,
  OUR_HEADERS,
  withoutOurs,
} from './headers.ts';
import type { Json, JsonObject } from './json.ts';
import { KeyOrder, orderOf, putInOrder } from './key-order.ts';
import { isStyle, layoutIn, layoutOf, withLayout } from './layout.ts';
import { parseJson } from './parse-json.ts';
import { canonicalBytes, printJson, STYLES } from './print-json.ts';
import { Refused, type Refusal } from './refused.ts';
import { misfit } from './schema.ts';
import { getAll, putAll } from './steps/sequence.ts';

/** A record's value (null: a tombstone) and headers. */
export interface CanonicalRecord {
  readonly value: Uint8Array | null;
  readonly headers: Headers;
  /** With `complement: topic`, what must be there before this record is sent, and what the way back needs. */
  readonly complement?: ComplementRecord;
}

export interface RawRecord {
  readonly value: Uint8Array | null;
  /** Without ours. */
  readonly headers: Headers;
  /** Whether it has the hash that the record carries; undefined: it carries none. */
  readonly isExact: boolean | undefined;
}

/** What a record becomes would not become the record again: a step's inverse is wrong. */
export class NoWayBack extends Refused {}

export class Lens {
  readonly definition: Definition;
  readonly dialect: Dialect;
  /** Of the dialect; '' when the definition has none. */
  readonly name: string;
  readonly #check: CanonicalCheck;
  readonly #order: KeyOrder;

  /** The dialect may be left out when there is one only. Throws when there is no such. */
  constructor(definition: Definition, dialect?: string) {
    const names = [...definition.dialects.keys()];
    const name = dialect ?? (names.length === 1 ? names[0]! : '');
    const found = definition.dialects.get(name);
    if (found === undefined)
      throw new RangeError(
        dialect === undefined
          ? `${definition.id} has dialects; say which: ${names.map((name) => `${definition.id}/${name}`).join(', ')}`
          : `${definition.id} has no dialect '${dialect}'; it has ${names.join(', ') || 'none'}`,
      );
    this.definition = definition;
    this.dialect = found;
    this.name = name;
    this.#check = new CanonicalCheck(definition);
    this.#order = new KeyOrder(found.order);
  }

  /** `order@1` or `flight@1/ops`. */
  get form(): string {
    return this.dialect.form;
  }

  /** Undefined: the record is canonical. */
  check({ value, headers }: CanonicalRecord): Refusal | undefined {
    return this.#check.check(value, headerText(headers, FORM_HEADER));
  }

  /** Throws `Refused`. A record that says that it is canonical is checked, and stays as it is (L3). */
  toCanonical(value: Uint8Array | null, headers: Headers = []): CanonicalRecord {
    if (headerOf(headers, FORM_HEADER) !== undefined) return this.#asItIs({ value, headers });
    for (const [name] of headers)
      if (OUR_HEADERS.has(name))
        throw new Refused('', `has a header ${name}, which is ours, without ${FORM_HEADER}`);
    const form: Header = [FORM_HEADER, Buffer.from(this.form)];
    if (value === null) return { value, headers: [...headers, form] };
    const raw = this.definition.roundTrip === 'bytes' ? value : valueAlone(value);
    const { tree, complement } = this.#get(raw);
    const canonical = canonicalBytes(tree);
    const digest = sha256(raw);
    const kept = complement.size > 0 ? keptComplement(complement, this.dialect, digest) : undefined;
    if (this.dialect.class !== 'lossy') this.#requireWayBack(canonical, kept?.bytes, raw);
    const ours: Header[] = [form, [HASH_HEADER, digest]];
    if (kept !== undefined) ours.push([COMPLEMENT_HEADER, kept.header]);
    const record = { value: canonical, headers: [...headers, ...ours] };
    return kept?.beside === undefined ? record : { ...record, complement: kept.beside };
  }

  /** Throws `Refused` when there is no way back: another form, a lossy one, a value that no raw record gives. */
  toRaw(record: CanonicalRecord): RawRecord {
    this.#requireForm(record.headers);
    if (this.dialect.class === 'lossy')
      throw new Refused('', `${this.form} is lossy: ${this.dialect.reason}`);
    const headers = withoutOurs(record.headers);
    if (record.value === null) return { value: null, headers, isExact: undefined };
    const digest = headerOf(record.headers, HASH_HEADER);
    const isRaw = (bytes: Buffer) => (digest === undefined ? undefined : sha256(bytes).equals(digest));
    const { bytes, isExact } = this.#turnBack(record.value, complementFor(record), isRaw);
    return { value: bytes, headers, isExact };
  }

  /** `isRaw`: whether these bytes are the raw ones; undefined: nobody knows. */
  #turnBack(
    value: Uint8Array,
    complement: JsonObject,
    isRaw: (bytes: Buffer) => boolean | undefined,
  ): { bytes: Buffer; isExact: boolean | undefined } {
    const judged = (bytes: Buffer) => ({ bytes, isExact: isRaw(bytes) });
    const tree = requireObject(parseJson(textOf(value)).value);
    putAll(this.dialect.steps, tree, complement.get('rest'));
    if (this.definition.roundTrip === 'value') return judged(canonicalBytes(tree));
    putInOrder(tree, this.#order, complement.get('order'));
    const layout = layoutIn(complement);
    if (layout === undefined) return judged(this.#print(tree, undefined));
    const laidOut = judged(Buffer.from(withLayout(tree, layout, this.dialect.layout)));
    if (laidOut.isExact === true) return laidOut;
    return judged(this.#print(tree, layout.get('style'))); // edited since: the layout is of another text
  }

  #print(tree: Json, style: Json | undefined): Buffer {
    return Buffer.from(printJson(tree, STYLES[isStyle(style) ? style : this.dialect.layout]));
  }

  #get(raw: Uint8Array): { tree: JsonObject; complement: JsonObject } {
    const text = textOf(raw);
    const { value, superseded } = parseJson(text);
    const tree = requireObject(value);
    const complement: JsonObject = new Map();
    const keep = (name: string, part: Json | undefined) => {
      if (part !== undefined && this.dialect.class !== 'lossy') complement.set(name, part);
    };
    if (this.definition.roundTrip === 'bytes') {
      keep('order', orderOf(tree, this.#order));
      keep('text', layoutOf(text, tree, superseded, this.dialect.layout));
    }
    keep('rest', getAll(this.dialect.steps, tree));
    const wrong = misfit(this.definition.schema, tree);
    if (wrong !== undefined) throw new Refused(wrong.field, wrong.reason);
    this.#requireRoom(complement);
    return { tree, complement };
  }

  /** iso and injection promise that nothing is kept beside. */
  #requireRoom(complement: JsonObject): void {
    if (complement.size === 0 || this.dialect.class === 'lens') return;
    const [what] = complement.keys();
    throw new Refused(
      '',
      `${NEEDS[what!]}: that needs 'class: lens', ${this.form} is of class ${this.dialect.class}`,
    );
  }

  /** From the bytes that will lie on the log, as whoever reads them there does. */
  #requireWayBack(value: Buffer, complement: Buffer | undefined, raw: Uint8Array): void {
    const { bytes } = orNoWayBack(() =>
      this.#turnBack(value, complementOf(complement), (bytes) => bytes.equals(raw)),
    );
    if (bytes.equals(raw)) return;
    throw new NoWayBack('', `does not come back: ${difference(bytes, raw)}`);
  }

  #asItIs(record: CanonicalRecord): CanonicalRecord {
    const wrong = this.check(record);
    if (wrong !== undefined) throw new Refused(wrong.field, wrong.reason);
    return record;
  }

  #requireForm(headers: Headers): void {
    const form = headerText(headers, FORM_HEADER);
    if (form === this.form) return;
    const is = form === undefined ? 'none' : `'${form}'`;
    throw new Refused('', `its header ${FORM_HEADER} is ${is}, not ${this.form}`);
  }
}

const NEEDS: Readonly<Record<string, string>> = {
  order: "its keys do not stand as 'order' says",
  text: "its text is not laid out as 'layout' says",
  rest: 'something of it has no room in the canonical form',
};

export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/** What `roundTrip: value` keeps of a raw text. Members with the same key would be lost: refused. */
function valueAlone(raw: Uint8Array): Buffer {
  const { value, superseded } = parseJson(textOf(raw));
  if (superseded.length > 0) throw new Refused('', "has a key twice; 'roundTrip: bytes' would keep both");
  return canonicalBytes(value);
}

function complementFor({ headers, complement }: CanonicalRecord): JsonObject {
  if (complement !== undefined) return complementOf(complement.value);
  const place = complementPlaceOf(headers);
  if (place === undefined) return complementOf(headerOf(headers, COMPLEMENT_HEADER));
  throw new Refused('', `its complement is needed: topic ${place.topic}, key ${place.key}`);
}

function orNoWayBack<T>(turnBack: () => T): T {
  try {
    return turnBack();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new NoWayBack(error.field, `does not come back: ${error.reason}`, error.at);
  }
}

const AROUND = 20;

function difference(back: Uint8Array, raw: Uint8Array): string {
  let same = 0;
  while (back[same] === raw[same]) same++;
  const shown = (bytes: Uint8Array) =>
    Buffer.from(bytes.subarray(Math.max(0, same - AROUND), same + AROUND)).toString();
  return `at byte ${same} '${shown(raw)}' becomes '${shown(back)}'`;
}
