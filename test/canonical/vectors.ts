/**
 * Vectors: records and what becomes of them, one JSON object a line, made from a seed. TypeScript makes them and keeps their
 * digest; Python must give the same. Bytes are in hex.
 *
 *   {"definition": text}                                           the next lines are about this one
 *   {"raw", "value", "complement", "hash"} | {"raw", "refused"}    toCanonical
 *                  … "beside": [topic, key, value]                   where the complement is kept in a topic
 *   {"value", "complement", "back", "isExact"} | … "refused"       toRaw, of an edited record
 *   {"check", "refused": null | {…}}                               the broker's question
 *   {"wrong": text, "error": message}                              a definition that is refused
 *
 *   node test/canonical/vectors.ts > vectors.jsonl
 */
import {
  COMPLEMENT_HEADER,
  type CanonicalRecord,
  DefinitionError,
  HASH_HEADER,
  Lens,
  parseJsonDefinition,
  Refused,
} from '../../src/canonical/index.ts';
import { SeededRandom } from '../../src/env/seeded-random.ts';
import { DEFINITIONS, type Sample, WRONG } from './samples.ts';

export const SEED = 'canonical-1';
/** Records for each definition; each gives up to three vectors. */
const RECORDS = 260;

export function* vectors(seed = SEED): Generator<string> {
  for (const wrong of WRONG) yield JSON.stringify({ wrong, error: errorOf(wrong) });
  for (const [index, sample] of DEFINITIONS.entries()) {
    const definition = JSON.stringify(sample.definition);
    yield JSON.stringify({ definition });
    const lens = new Lens(parseJsonDefinition(definition));
    yield* vectorsOf(lens, sample, new SeededRandom(`${seed}/${index}`));
  }
}

function* vectorsOf(lens: Lens, sample: Sample, random: SeededRandom): Generator<string> {
  let before: CanonicalRecord | undefined;
  for (let n = 0; n < RECORDS; n++) {
    const raw = Buffer.from(rawText(sample, random));
    const { record, refused } = outcome(() => lens.toCanonical(raw));
    yield JSON.stringify(
      record === undefined ? { raw: hex(raw), refused } : { raw: hex(raw), ...fieldsOf(record) },
    );
    if (record === undefined) continue;
    yield checked(lens, Buffer.from(record.value!), random);
    if (before !== undefined) yield turnedBack(lens, { ...record, value: before.value });
    before = record;
  }
}

function turnedBack(lens: Lens, edited: CanonicalRecord): string {
  const { record, refused } = outcome(() => lens.toRaw(edited));
  const { value, ...others } = fieldsOf(edited);
  const asked = { edited: value, ...others };
  if (record === undefined) return JSON.stringify({ ...asked, refused });
  return JSON.stringify({ ...asked, back: hex(record.value!), isExact: record.isExact });
}

/** A canonical value, one in three with a byte of it changed. */
function checked(lens: Lens, value: Buffer, random: SeededRandom): string {
  const bytes = Buffer.from(value);
  if (random.below(3) === 0) bytes[random.below(bytes.length)] = 0x20 + random.below(0x60);
  const found = lens.check({ value: bytes, headers: [['gregor-canonical', Buffer.from(lens.form)]] });
  return JSON.stringify({ check: hex(bytes), refused: found ?? null });
}

function outcome<T>(act: () => T) {
  try {
    return { record: act() };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { refused: { field: error.field, reason: error.reason, at: error.at ?? null } };
  }
}

function fieldsOf({ value, headers, complement: beside }: CanonicalRecord) {
  const ours = new Map(headers);
  const complement = ours.get(COMPLEMENT_HEADER);
  return {
    value: hex(value!),
    complement: complement === undefined ? null : hex(complement!),
    hash: hex(ours.get(HASH_HEADER)!),
    ...(beside && { beside: [beside.topic, String(beside.key), hex(beside.value)] }),
  };
}

/** Fields in any order, in any layout, some twice, some strange, and sometimes no JSON at all. */
function rawText({ fields }: Sample, random: SeededRandom): string {
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)]!;
  // What a field usually holds stands first in its list; what stands alone there is for rare records.
  const value = (name: string) =>
    fields[name]![Math.min(...[0, 1, 2].map(() => random.below(fields[name]!.length)))]!;
  const isIn = (name: string) => (fields[name]!.length === 1 ? random.below(20) === 0 : random.below(5) > 0);
  const names = Object.keys(fields).filter(isIn);
  if (random.below(3) === 0) names.reverse();
  if (random.below(8) === 0 && names.length > 0) names.push(pick(names));
  const [comma, colon, begin, end] = pick(LAYOUTS);
  const members = names.map((name) => `${JSON.stringify(name)}${colon}${value(name)}`);
  if (random.below(12) === 0) members.push(`"strange"${colon}${pick(['{"a":[1.0]}', '"\\ud800"', '-0'])}`);
  const text = `${begin}{${members.join(comma)}}${end}`;
  if (random.below(25) > 0) return text;
  const at = random.below(text.length);
  return text.slice(0, at) + pick(['', '\u0001', '}', '\\', 'é']) + text.slice(at + 1);
}

const LAYOUTS = [
  [',', ':', '', ''],
  [', ', ': ', '', ''],
  [', ', ': ', '', ''],
  [' ,\n', '\t:', ' ', '\r\n'],
] as const;

function errorOf(text: string): string {
  try {
    parseJsonDefinition(text, 'f');
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
  throw new Error(`nothing is wrong with ${text}`);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

if (import.meta.main) for (const line of vectors()) console.log(line);
