/**
 * Laws: what a lens promises, tried with records.
 *
 *   L1  put(get(r)) = r, byte for byte (`roundTrip: bytes`)       L2  the same JSON value (`roundTrip: value`)
 *   L3  what is canonical stays as it is                          L4  after an edit, get(put(c', rest)) = c'
 *   L5  the same record gives the same bytes, again and again
 *
 * `brokenLaw` tries one real record; `testLaws` tries the examples and generated ones, and makes what it finds small.
 */
import { requireObject } from './check.ts';
import { type Json, JsonNumber, type JsonObject } from './json.ts';
import { KeyOrder, putInOrder } from './key-order.ts';
import { tokensOf } from './layout.ts';
import { type CanonicalRecord, Lens, NoWayBack } from './lens.ts';
import { parseJson } from './parse-json.ts';
import { canonicalBytes, printJson, STYLES, type StyleName } from './print-json.ts';
import { Refused } from './refused.ts';
import { samplesOf } from './samples.ts';

export type Law = 'L1' | 'L2' | 'L3' | 'L4' | 'L5';

export interface Violation {
  /** Undefined: an example that is refused. */
  readonly law: Law | undefined;
  /** The record: raw, or canonical where it has no raw form. */
  readonly record: string;
  readonly reason: string;
}

export interface LawReport {
  readonly form: string;
  readonly examples: number;
  readonly generated: number;
  /** Generated canonical values that no raw record gives, as an injection may have them; and one of them. */
  readonly withoutRaw: number;
  readonly withoutRawExample: string | undefined;
  readonly violation: Violation | undefined;
}

export interface LawOptions {
  /** How many records are generated: 500. */
  readonly runs?: number;
  readonly seed?: number;
}

class LawBroken extends Error {
  readonly violation: Violation;

  constructor(violation: Violation) {
    super(violation.reason);
    this.violation = violation;
  }
}

/** L1 (or L2), L3 and L5 for one raw record; undefined: they hold. */
export function brokenLaw(lens: Lens, raw: Uint8Array): Violation | undefined {
  const record = Buffer.from(raw).toString();
  try {
    const first = lens.toCanonical(raw); // turns it back, and compares: L1 or L2
    const again = new Lens(lens.definition, lens.name).toCanonical(Uint8Array.from(raw));
    if (!sameRecord(first, again) || !sameComplement(first, again))
      return { law: 'L5', record, reason: 'gives other bytes the second time' };
    const kept = lens.toCanonical(first.value, first.headers);
    if (!sameRecord(first, kept))
      return { law: 'L3', record, reason: 'its canonical record becomes another one' };
    return undefined;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const roundTrip = lens.definition.roundTrip === 'bytes' ? 'L1' : 'L2';
    return { law: error instanceof NoWayBack ? roundTrip : undefined, record, reason: error.message };
  }
}

export async function testLaws(lens: Lens, options: LawOptions = {}): Promise<LawReport> {
  const { examples } = lens.dialect;
  const report = { form: lens.form, examples: examples.length };
  const none = { generated: 0, withoutRaw: 0, withoutRawExample: undefined };
  for (const example of examples) {
    const violation = brokenLaw(lens, Buffer.from(example));
    if (violation !== undefined) return { ...report, ...none, violation };
  }
  if (lens.dialect.class === 'lossy') return { ...report, ...none, violation: undefined };
  return { ...report, ...(await testGenerated(lens, options)) };
}

async function testGenerated(lens: Lens, { runs = 500, seed }: LawOptions) {
  const fc = await import('fast-check');
  const samples = samplesOf(fc, lens.definition.schema);
  const examples = lens.dialect.examples.map((example) =>
    parsed(lens.toCanonical(Buffer.from(example)).value!),
  );
  const values = examples.length === 0 ? samples : fc.oneof(samples, fc.constantFrom(...examples));
  const choices = fc.array(fc.nat({ max: 999 }), { minLength: 1, maxLength: 24 });
  let withoutRaw = 0;
  let withoutRawExample: string | undefined;
  const property = fc.property(values, values, choices, (canonical, edited, chosen) => {
    const outcome = tryOne(lens, requireObject(canonical), requireObject(edited), chooser(chosen));
    if (outcome === undefined) return;
    withoutRaw++;
    withoutRawExample ??= outcome;
  });
  const result = fc.check(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) });
  const broken = result.failed ? result.errorInstance : undefined;
  if (broken !== undefined && !(broken instanceof LawBroken)) throw broken;
  return { generated: result.numRuns, withoutRaw, withoutRawExample, violation: broken?.violation };
}

/** Throws `LawBroken`; else why there is no raw record of this value, where that may be so. */
function tryOne(lens: Lens, canonical: JsonObject, edited: JsonObject, choose: Choose): string | undefined {
  const raw = rawOf(lens, canonical, choose);
  if (typeof raw !== 'string') return raw.without;
  const broken = brokenLaw(lens, Buffer.from(raw));
  if (broken !== undefined) throw new LawBroken({ ...broken, law: broken.law ?? 'L4' });
  const record = lens.toCanonical(Buffer.from(raw));
  requireSame(record.value!, canonical, raw);
  if (typeof rawOf(lens, edited, () => 0) !== 'string') return undefined;
  try {
    const back = lens.toRaw({ ...record, value: canonicalBytes(edited) });
    requireSame(lens.toCanonical(back.value).value!, edited, Buffer.from(back.value!).toString());
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new LawBroken({
      law: 'L4',
      record: raw,
      reason: `edited to ${printJson(edited)}: ${error.message}`,
    });
  }
  return undefined;
}

function requireSame(found: Uint8Array, wanted: Json, raw: string): void {
  const text = Buffer.from(found).toString();
  if (text === printJson(wanted)) return;
  throw new LawBroken({
    law: 'L4',
    record: raw,
    reason: `becomes ${text}, not ${printJson(wanted)} from which it was made`,
  });
}

type Choose = (count: number) => number;

/** In turn; once they are used up, always the first: so that fewer choices are a simpler record. */
function chooser(choices: readonly number[]): Choose {
  let next = 0;
  return (count) => (choices[next++] ?? 0) % count;
}

/** A raw record of this value, in one of the spellings that the class allows; or why there is none. */
function rawOf(lens: Lens, canonical: JsonObject, choose: Choose): string | { readonly without: string } {
  const isFree = lens.dialect.class === 'lens';
  const tree = parsed(canonicalBytes(canonical)) as JsonObject;
  for (const step of [...lens.dialect.steps].reverse()) {
    try {
      step.put(tree, undefined);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const reason = `${step.title}: ${error.message}`;
      if (step.class === 'injection') return { without: `${printJson(canonical)} (${reason})` };
      throw new LawBroken({ law: 'L4', record: printJson(canonical), reason: `has no raw form: ${reason}` });
    }
    if (isFree) step.vary?.(tree, choose);
  }
  putInOrder(tree, new KeyOrder(lens.dialect.order), isFree ? disorder(tree, choose) : undefined);
  if (!isFree) return printJson(tree, STYLES[lens.dialect.layout]);
  const names = Object.keys(STYLES) as StyleName[];
  const text = printJson(tree, STYLES[names[choose(names.length)]!]);
  return [text, ` ${text}\n`, spelledOut(text)][choose(3)]!;
}

/** Whole numbers in another spelling. */
function spelledOut(text: string): string {
  return tokensOf(text)
    .map((token) => (/^ ?-?\d+$/.test(token) ? `${token}.0` : token))
    .join('');
}

function disorder(tree: JsonObject, choose: Choose): Json {
  const places = [...tree.keys()].map((_, index) => JsonNumber.of(index));
  return choose(2) === 0 ? [] : [['', [...places.slice(1), ...places.slice(0, 1)]]];
}

function parsed(bytes: Uint8Array): Json {
  return parseJson(Buffer.from(bytes).toString()).value;
}

function sameComplement(
  { complement: left }: CanonicalRecord,
  { complement: right }: CanonicalRecord,
): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.key.equals(right.key) && Buffer.compare(left.value, right.value) === 0;
}

function sameRecord(left: CanonicalRecord, right: CanonicalRecord): boolean {
  const textOf = ({ value, headers }: CanonicalRecord) =>
    [value, ...headers.map((header) => header[1])]
      .map((bytes) => Buffer.from(bytes ?? []).toString('hex'))
      .join();
  return textOf(left) === textOf(right);
}
