/**
 * Check: whether a record is canonical under a definition. For whoever keeps a topic clean: it knows the schema and the one
 * text that each value has, and none of the steps.
 */
import { isUtf8 } from 'node:buffer';
import type { Definition } from './definition.ts';
import { FORM_HEADER } from './headers.ts';
import { isObject, type Json, kindOf } from './json.ts';
import { parseJson } from './parse-json.ts';
import { canonicalBytes } from './print-json.ts';
import { Refused, type Refusal } from './refused.ts';
import { misfit, type Schema } from './schema.ts';

export class CanonicalCheck {
  readonly id: string;
  readonly #forms: ReadonlySet<string>;
  readonly #schema: Schema;

  constructor({ id, dialects, schema }: Definition) {
    this.id = id;
    this.#forms = new Set([...dialects.values()].map(({ form }) => form));
    this.#schema = schema;
  }

  /**
   * `form` is the text of the record's header gregor-canonical, undefined when it has none. Undefined: the record is canonical; a
   * tombstone (null) is. Pure; takes about as long as parsing and printing the value.
   */
  check(value: Uint8Array | null, form: string | undefined): Refusal | undefined {
    if (form === undefined || !this.#forms.has(form)) return { field: '', reason: this.#wrongForm(form) };
    return value === null ? undefined : misfitOfBytes(value, this.#schema);
  }

  #wrongForm(form: string | undefined): string {
    const wanted = [...this.#forms].join(' or ');
    return form === undefined
      ? `has no header ${FORM_HEADER}: send it through a producer with the definition ${this.id}`
      : `its header ${FORM_HEADER} is '${form}', not ${wanted}`;
  }
}

/** Why these bytes are not the canonical form of a value of this schema. */
export function misfitOfBytes(value: Uint8Array, schema: Schema): Refusal | undefined {
  try {
    const text = textOf(value);
    const { value: tree } = parseJson(text);
    return misfit(schema, requireObject(tree)) ?? misprint(value, tree);
  } catch (error) {
    if (error instanceof Refused) return { field: error.field, reason: error.reason };
    throw error;
  }
}

/** Throws `Refused`. A byte order mark stays, and is no JSON. */
export function textOf(value: Uint8Array): string {
  if (!isUtf8(value)) throw new Refused('', 'is not UTF-8');
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8');
}

export function requireObject(value: Json): Map<string, Json> {
  if (!isObject(value)) throw new Refused('', `must be an object, not ${kindOf(value)}`);
  return value;
}

/** The right value, written otherwise. */
function misprint(bytes: Uint8Array, tree: Json): Refusal | undefined {
  const canonical = canonicalBytes(tree);
  if (canonical.equals(bytes)) return undefined;
  let at = 0;
  while (bytes[at] === canonical[at]) at++;
  return {
    field: '',
    reason: `is not in canonical form at byte ${at}: keys sorted, no white space, numbers and escapes as short as can be (RFC 8785)`,
  };
}
