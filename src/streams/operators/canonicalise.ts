/**
 * canonicalise: raw bytes into the canonical form of a definition, with the headers that the wrappers of producers write:
 * `gregor-canonical`, `raw-sha256`, and `gregor-complement` for what had no room. So the raw bytes can be had again from the
 * output alone.
 *
 *   C1  what comes out is what a producer with the same definition would have sent, byte for byte
 *   C2  every record is turned back and compared before it goes on, unless the definition says that it is lossy, and why
 *   C3  a record that is canonical already is checked, and stays as it is: doing it twice changes nothing
 *   C4  what is refused goes to the dead letter topic as it was read, with the field and the reason
 */
import { type Definition, Lens } from '../../canonical/index.ts';
import { PlanError } from '../plan-error.ts';
import type { Header, StreamRecord } from '../record.ts';
import { attempt, FAILED } from './attempt.ts';
import type { MakeOperator } from './operator.ts';

export interface CanonicaliseOptions<K, V> {
  readonly as?: string;
  /** Which of the definition's dialects a record is in; may be left out when there is one only. */
  readonly dialect?: string | ((record: StreamRecord<K, V>) => string);
}

export interface CanonicaliseSettings {
  readonly lensOf: (record: StreamRecord) => Lens;
  readonly details: readonly string[];
}

export function canonicaliseSettings(
  definition: Definition,
  { dialect }: CanonicaliseOptions<unknown, unknown>,
): CanonicaliseSettings {
  if (typeof dialect !== 'function') {
    const lens = lensOf(definition, dialect);
    return { lensOf: () => lens, details: shown(lens) };
  }
  const lenses = new Map([...definition.dialects.keys()].map((name) => [name, new Lens(definition, name)]));
  return {
    lensOf: (record) => lenses.get(dialect(record)) ?? lensOf(definition, dialect(record)),
    details: [...lenses.values()].flatMap(shown),
  };
}

export function canonicalise({ lensOf }: CanonicaliseSettings): MakeOperator {
  return (context) => ({
    process(record) {
      const made = attempt(context, record, (one) => canonical(one, lensOf(one)), 'invalid');
      if (made !== FAILED) context.emit(made);
    },
  });
}

function canonical(record: StreamRecord, lens: Lens): StreamRecord {
  const { value, headers } = record;
  if (value !== null && !(value instanceof Uint8Array))
    throw new TypeError('canonicalise takes bytes as they were sent: put it before parse(…)');
  const made = lens.toCanonical(
    value,
    headers.map((header) => [header.key, header.value] as const),
  );
  return {
    ...record,
    value: made.value,
    headers: made.headers.map(([key, content]): Header => ({ key, value: bytesOf(content) })),
  };
}

function bytesOf(content: Uint8Array | null): Buffer | null {
  return content === null ? null : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
}

function lensOf(definition: Definition, dialect: string | undefined): Lens {
  try {
    return new Lens(definition, dialect);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PlanError(`canonicalise: ${error.message}`);
  }
}

function shown({ form, dialect }: Lens): string[] {
  return [form, dialect.reason === undefined ? dialect.class : `LOSSY: ${dialect.reason}`];
}
