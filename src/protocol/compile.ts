/**
 * Compiles a schema, for one version, into one function that reads and one that writes: the text of plain, monomorphic
 * JavaScript, as one would write it by hand, so that a declaration costs nothing on the hot path.
 *
 *   (r) => { const f0 = r.compactNullableString(); const f1 = r.int16(); ...; return { transactionalId: f0, acks: f1, ... }; }
 *
 * Invariants
 *   C1  the text comes from our own constant schemas alone: names are checked to be identifiers, defaults are printed
 *       as JSON. No byte and no string from outside ever gets into it.
 *   C2  every version of a struct returns an object literal with the same properties in the same order: one hidden class
 *   C3  structs do not contain themselves, so the schema bounds the depth
 */
import { assert } from '../base/index.ts';
import { type ByteReader, ByteWriter, MalformedMessage } from './bytes.ts';
import { KafkaError } from './errors.ts';
import type { Field, Fields, PrimitiveKind } from './schema.ts';
import { includes } from './versions.ts';

const IDENTIFIER = /^[a-z][A-Za-z0-9]*$/;
const EMPTY_BYTES = Buffer.alloc(0);
const EMPTY_ARRAY: readonly never[] = Object.freeze([]);

export function compileReader(
  fields: Fields,
  version: number,
  flexible: boolean,
): (reader: ByteReader) => unknown {
  const text = new ReaderText(version, flexible);
  const root = text.struct(fields);
  return run(text.functions, root, { malformed, EMPTY_BYTES });
}

export function compileWriter(
  name: string,
  fields: Fields,
  version: number,
  flexible: boolean,
  onLack: 'refuse' | 'drop',
): (writer: ByteWriter, value: unknown) => void {
  const text = new WriterText(version, flexible, onLack);
  const root = text.struct(fields);
  const where = `${name} v${version}`;
  return run(text.functions, root, {
    EMPTY_BYTES,
    EMPTY_ARRAY,
    tagged,
    lacks(field: string): never {
      throw new KafkaError('UNSUPPORTED_VERSION', `${where} has no ${field}, but it is set`);
    },
    notNull(field: string): never {
      throw new RangeError(`${where}: ${field} must not be null`);
    },
  });
}

function run<F>(functions: readonly string[], root: string, scope: Record<string, unknown>): F {
  const text = `'use strict';\n${functions.join('\n')}\nreturn ${root};`;
  return new Function(...Object.keys(scope), text)(...Object.values(scope)) as F;
}

/** What the two directions share: which fields are where, and the text of defaults. */
class Text {
  readonly functions: string[] = [];
  protected readonly version: number;
  protected readonly flexible: boolean;
  readonly #names = new Map<object, string>();
  #count = 0;

  constructor(version: number, flexible: boolean) {
    this.version = version;
    this.flexible = flexible;
  }

  /** The name of the function for a struct or an array; structs that several fields share get one. */
  protected define(owner: object, prefix: string, body: () => string): string {
    let name = this.#names.get(owner);
    if (name === undefined) {
      name = `${prefix}${this.#count++}`;
      this.#names.set(owner, name);
      this.functions.push(`function ${name}${body()}`);
    }
    return name;
  }

  protected entries(
    fields: Fields,
  ): { name: string; field: Field<unknown>; at: 'here' | 'tagged' | 'absent' }[] {
    return Object.entries(fields).map(([name, field]) => {
      assert(IDENTIFIER.test(name), () => `'${name}' is no field name`); // C1
      const { versions, tag } = field.options;
      const present = includes(versions, this.version) && (tag === undefined || this.flexible);
      return { name, field, at: !present ? 'absent' : tag === undefined ? 'here' : 'tagged' };
    });
  }

  protected isNullable(field: Field<unknown>): boolean {
    return field.options.nullable !== undefined && includes(field.options.nullable, this.version);
  }

  protected isCompact(field: Field<unknown>): boolean {
    return this.flexible && field.options.flexible !== 'none';
  }

  /** The method of ByteReader and ByteWriter for a primitive. */
  protected method(field: Field<unknown>): string {
    if (field.kind === 'int64') return field.options.clamp === true ? 'int64Clamped' : 'int64';
    if (field.kind !== 'string' && field.kind !== 'bytes' && field.kind !== 'records') return field.kind;
    const words: string[] = [field.kind === 'records' ? 'bytes' : field.kind];
    if (this.isNullable(field)) words.unshift('nullable');
    if (this.isCompact(field)) words.unshift('compact');
    return words.map((word, i) => (i === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join('');
  }
}

class ReaderText extends Text {
  struct(fields: Fields): string {
    return this.define(fields, 'read', () => {
      const entries = this.entries(fields);
      const lines = entries.map(({ field, at }, i) =>
        at === 'here' ? `const f${i} = ${this.#value(field)};` : `let f${i} = ${this.#fallback(field)};`,
      );
      if (this.flexible) {
        const cases = entries.map(({ field, at }, i) =>
          at === 'tagged'
            ? `case ${field.options.tag}: f${i} = ${this.#value(field)}; if (r.position !== end) malformed(); break;`
            : '',
        );
        lines.push(
          'for (let n = r.uvarint(); n > 0; n--) {',
          'const tag = r.uvarint(); const size = r.uvarint(); const end = r.position + size; if (size > r.remaining) r.skip(size);',
          `switch (tag) { ${cases.join(' ')} default: r.skip(size); }`,
          '}',
        );
      }
      const properties = entries.map(({ name }, i) => `${name}: f${i}`); // C2
      return `(r) { ${lines.join('\n')}\nreturn { ${properties.join(', ')} }; }`;
    });
  }

  #value(field: Field<unknown>): string {
    if (field.kind === 'array') return `${this.#array(field)}(r)`;
    if (field.kind !== 'struct') return `r.${this.method(field)}()`;
    const read = `${this.struct(field.fields!)}(r)`;
    return this.isNullable(field) ? `(r.int8() < 0 ? null : ${read})` : read;
  }

  #array(field: Field<unknown>): string {
    return this.define(field, 'array', () => {
      const length = this.isCompact(field) ? 'compactArrayLength' : 'arrayLength';
      const elementBytes = Math.max(1, this.#bytesMin(field.element!));
      const ifNull = this.isNullable(field) ? 'return null' : `malformed('null where an array must be')`;
      // An array that grows has room for seventeen from the first element on, and most have one.
      return `(r) { const n = r.${length}(${elementBytes}); if (n < 0) ${ifNull};
        if (n === 1) return [${this.#value(field.element!)}];
        const out = []; for (let i = 0; i < n; i++) out.push(${this.#value(field.element!)}); return out; }`;
    });
  }

  /** The fewest bytes that a value can take: what makes an array's length believable. */
  #bytesMin(field: Field<unknown>): number {
    const fixed = FIXED_BYTES[field.kind as PrimitiveKind];
    if (fixed !== undefined) return fixed;
    if (field.kind === 'struct') {
      if (this.isNullable(field)) return 1;
      const here = this.entries(field.fields!).filter(({ at }) => at === 'here');
      return here.reduce((sum, entry) => sum + this.#bytesMin(entry.field), this.flexible ? 1 : 0);
    }
    if (this.isCompact(field)) return 1;
    return field.kind === 'string' ? 2 : 4;
  }

  #fallback(field: Field<unknown>): string {
    if (field.fallback !== 'empty' || field.kind === 'string') return JSON.stringify(field.fallback);
    if (field.kind === 'array') return '[]';
    if (field.kind !== 'struct') return 'EMPTY_BYTES';
    const properties = this.entries(field.fields!).map(
      ({ name, field: inner }) => `${name}: ${this.#fallback(inner)}`,
    );
    return `{ ${properties.join(', ')} }`;
  }
}

class WriterText extends Text {
  /** Whose default a value is compared with, by index. */
  readonly taggedStructs: Field<unknown>[] = [];
  readonly #onLack: 'refuse' | 'drop';

  constructor(version: number, flexible: boolean, onLack: 'refuse' | 'drop') {
    super(version, flexible);
    this.#onLack = onLack;
  }

  struct(fields: Fields): string {
    return this.define(fields, 'write', () => {
      const entries = this.entries(fields);
      const lines = entries.map(({ name, field, at }) => {
        if (at === 'here')
          return `{ ${this.#take(name, 'x', field)} ${this.#put(name, 'w', 'x', field)} ${counted(name, field)} }`;
        if (at === 'tagged' || field.options.ignorable === true || this.#onLack === 'drop') return '';
        return `{ const x = v.${name}; if (x !== undefined && ${this.#differs('x', field)}) lacks('${name}'); }`; // S4
      });
      if (this.flexible) {
        const inTags = entries.filter(({ at }) => at === 'tagged');
        inTags.sort((a, b) => a.field.options.tag! - b.field.options.tag!);
        lines.push('let n = 0;');
        inTags.forEach(({ name, field }, i) => {
          lines.push(
            `const t${i} = v.${name}, has${i} = t${i} !== undefined && ${this.#differs(`t${i}`, field)};`,
          );
          lines.push(`if (has${i}) n++;`);
        });
        lines.push('w.uvarint(n);');
        inTags.forEach(({ name, field }, i) => {
          const put = this.#put(name, 'tw', `t${i}`, field);
          lines.push(`if (has${i}) tagged(w, ${field.options.tag}, (tw) => { ${put} });`);
        });
      }
      return `(w, v) { ${lines.join('\n')} }`;
    });
  }

  #take(name: string, variable: string, field: Field<unknown>): string {
    return `let ${variable} = v.${name}; if (${variable} === undefined) ${variable} = ${this.#fallback(field)};`;
  }

  #put(name: string, writer: string, value: string, field: Field<unknown>): string {
    if (field.kind === 'array') {
      return `${this.#array(name, field)}(${writer}, ${value});`;
    }
    if (field.kind !== 'struct') {
      return `${this.#guard(name, value, field)}${writer}.${this.method(field)}(${value});`;
    }
    const write = `${this.struct(field.fields!)}(${writer}, ${value});`;
    if (!this.isNullable(field)) return this.#guard(name, value, field) + write;
    return `if (${value} === null) ${writer}.int8(-1); else { ${writer}.int8(1); ${write} }`;
  }

  #array(name: string, field: Field<unknown>): string {
    return this.define(field, 'array', () => {
      const length = this.isCompact(field) ? 'compactArrayLength' : 'arrayLength';
      const ifNull = this.isNullable(field)
        ? `if (a === null) { w.${length}(-1); return; }`
        : this.#guard(name, 'a', field);
      return `(w, a) { ${ifNull} w.${length}(a.length);
        for (let i = 0; i < a.length; i++) { const x = a[i]; ${this.#put(name, 'w', 'x', field.element!)} } }`;
    });
  }

  /** Numbers need none: their methods refuse null. */
  #guard(name: string, value: string, field: Field<unknown>): string {
    const mayBeNull = field.options.nullable !== undefined || field.fallback === null;
    return mayBeNull && !this.isNullable(field) ? `if (${value} === null) notNull('${name}'); ` : '';
  }

  /** Whether a value that is not undefined is another than the field's default. */
  #differs(value: string, field: Field<unknown>): string {
    if (field.fallback === null) return `${value} !== null`;
    if (field.kind === 'struct') {
      const inner = Object.entries(field.fields!).map(([name, of]) => {
        const at = `${value}.${name}`;
        return `(${at} !== undefined && ${this.#differs(at, of)})`;
      });
      return `(${value} === null || ${inner.join(' || ')})`;
    }
    if (field.fallback === 'empty' && field.kind !== 'string')
      return `(${value} === null || ${value}.length !== 0)`;
    return `${value} !== ${JSON.stringify(field.fallback)}`;
  }

  #fallback(field: Field<unknown>): string {
    if (field.fallback !== 'empty' || field.kind === 'string') return JSON.stringify(field.fallback);
    if (field.kind === 'array') return 'EMPTY_ARRAY';
    return field.kind === 'struct' ? '{}' : 'EMPTY_BYTES';
  }
}

const FIXED_BYTES: Partial<Record<PrimitiveKind, number>> = {
  boolean: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
};

/** Whoever sends an answer must know whether it refuses anything, without a second look at all of it. */
function counted(name: string, field: Field<unknown>): string {
  return field.kind === 'int16' && /errorCode$/i.test(name) ? 'if (x !== 0) w.errorCodes++;' : '';
}

/** Tag, size, value: the size is known only afterwards, so the value is written aside. */
function tagged(writer: ByteWriter, tag: number, put: (aside: ByteWriter) => void): void {
  const aside = new ByteWriter(64);
  put(aside);
  writer.uvarint(tag);
  writer.uvarint(aside.length);
  writer.raw(aside.toBuffer());
}

function malformed(message = 'a tagged field is not as long as it says'): never {
  throw new MalformedMessage(message);
}
