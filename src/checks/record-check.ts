/** RecordCheck: what is wrong with one record. Pure: the same record, the same answer, on every machine. */

export interface CheckedRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
}

export interface Objection {
  /** Where: a JSON pointer into the value (`/lines/0/sku`), a header, or `value`. */
  readonly field: string;
  /** What is wrong there, for people: `must be string`. */
  readonly reason: string;
}

/** Undefined: nothing is wrong. */
export type RecordCheck = (record: CheckedRecord) => Objection | undefined;

/** What is checked, as plain values: the same text, the same check. */
export interface CheckDefinition {
  readonly kind: 'schema' | 'canonical';
  /** A JSON Schema; a canonical definition as JSON. */
  readonly text: string;
}

/** One by its name, `order@1`: its text is on the log. */
export interface PublishedDefinition {
  readonly kind: CheckDefinition['kind'];
  readonly id: string;
}

/** The topics where they are published; key `order@1`, value the text. */
export const DEFINITIONS = '__canonical';
export const SCHEMAS = '__schema';

/** As the setting that asks for it; for messages. */
export const SETTING_OF: Readonly<Record<CheckDefinition['kind'], string>> = {
  schema: 'gregor.schema',
  canonical: 'gregor.canonical',
};
