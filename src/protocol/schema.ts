/**
 * The schema language: a message is declared once, for all its versions, and its TypeScript type is inferred.
 *
 *   message({ name: 'ProduceRequest', versions: '3-13', flexible: '9+' }, {
 *     transactionalId: string({ nullable: '3+' }),          // string | null
 *     topics: array({                                       // { topicId: string; ... }[]
 *       topicId: uuid({ versions: '13+' }),                 // in other versions: its default
 *     }),
 *   })
 *
 * Invariants
 *   S1  the order of the properties is the order on the wire
 *   S2  a decoded value has all properties of the schema, in schema order; what a version lacks has its default
 *   S3  a missing property is written as its default
 *   S4  a property that the version lacks must be at its default when written, or be `ignorable`; an answer is cut to
 *       what its version can say, since whoever answers does not choose the version
 *   S5  a field with a `tag` goes into the tagged section of its struct, and only when it differs from its default
 *
 * Trailing bytes after a decoded message are tolerated, as Kafka does: a peer may know more than we do. Inside a
 * tagged field they are not.
 */
import { assert } from '../base/index.ts';
import { ByteReader, ByteWriter, MalformedMessage } from './bytes.ts';
import { compileReader, compileWriter } from './compile.ts';
import { type Versions, rangeOf } from './versions.ts';

export type { Versions } from './versions.ts';

export type PrimitiveKind =
  | 'boolean'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'uuid'
  | 'string'
  | 'bytes'
  | 'records';
export type Kind = PrimitiveKind | 'array' | 'struct';

export interface FieldOptions<D = unknown> {
  /** The versions that have the field; all of the message's when left out. */
  readonly versions?: Versions;
  /** The versions in which it may be null. */
  readonly nullable?: Versions;
  readonly tag?: number;
  readonly default?: D;
  /** True: a version that lacks the field drops its value in silence. */
  readonly ignorable?: boolean;
  /** 'none': the length prefix stays the old one in flexible versions. */
  readonly flexible?: 'none';
  /** int64 only: values beyond ±2^53 become ±Number.MAX_SAFE_INTEGER (and that is written as the extreme int64). */
  readonly clamp?: boolean;
}

declare const TYPE: unique symbol;

export interface Field<T> {
  readonly kind: Kind;
  readonly options: FieldOptions;
  /** What stands for an absent field. Arrays and structs that are not null get a fresh one each time. */
  readonly fallback: Fallback;
  /** Of a struct, or of the structs in an array. */
  readonly fields?: Fields;
  /** Of an array. */
  readonly element?: Field<unknown>;
  readonly [TYPE]?: T;
}
export type Fallback = number | string | boolean | null | 'empty';
export type Fields = Readonly<Record<string, Field<any>>>;
export type Shape<F extends Fields> = { -readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };
type Null<O> = O extends { nullable: Versions } ? null : never;
/** The options of types that cannot be null. */
type Plain<D> = Omit<FieldOptions<D>, 'nullable' | 'clamp'>;

const plain =
  <T extends number | string | boolean>(kind: PrimitiveKind, fallback: T) =>
  (options: Plain<T> & { readonly clamp?: boolean } = {}): Field<T> => ({
    kind,
    options,
    fallback: options.default ?? fallback,
  });
const numeric = (kind: PrimitiveKind) => plain<number>(kind, 0) as (options?: Plain<number>) => Field<number>;

export const boolean = plain<boolean>('boolean', false) as (options?: Plain<boolean>) => Field<boolean>;
export const int8 = numeric('int8');
export const int16 = numeric('int16');
export const uint16 = numeric('uint16');
export const int32 = numeric('int32');
export const uint32 = numeric('uint32');
export const int64 = plain<number>('int64', 0);
export const float64 = numeric('float64');
/** 32 lowercase hexadecimal digits. */
export const uuid = plain<string>('uuid', '0'.repeat(32)) as (options?: Plain<string>) => Field<string>;

export function string<const O extends FieldOptions<string | null>>(options?: O): Field<string | Null<O>> {
  return { kind: 'string', options: options ?? {}, fallback: given(options, '') };
}

export function bytes<const O extends FieldOptions<null>>(options?: O): Field<Buffer | Null<O>> {
  return { kind: 'bytes', options: options ?? {}, fallback: given(options, 'empty') };
}

/** Record batches: bytes that are opaque here. */
export function records<const O extends FieldOptions<null>>(options?: O): Field<Buffer | Null<O>> {
  return { kind: 'records', options: options ?? {}, fallback: null };
}

export function struct<F extends Fields, const O extends FieldOptions<null>>(
  fields: F,
  options?: O,
): Field<Shape<F> | Null<O>> {
  return { kind: 'struct', options: options ?? {}, fallback: given(options, 'empty'), fields };
}

/** Of structs (`array({ ... })`) or of one primitive (`array(int32())`). */
export function array<T, const O extends FieldOptions<null>>(
  element: Field<T>,
  options?: O,
): Field<T[] | Null<O>>;
export function array<F extends Fields, const O extends FieldOptions<null>>(
  fields: F,
  options?: O,
): Field<Shape<F>[] | Null<O>>;
export function array(
  of: Field<unknown> | Fields,
  options: FieldOptions<null> = {},
): Field<unknown[] | null> {
  const element: Field<unknown> = isField(of) ? of : struct(of);
  return { kind: 'array', options, fallback: given(options, 'empty'), element };
}

function given(options: FieldOptions<Fallback> | undefined, otherwise: Fallback): Fallback {
  return options?.default === undefined ? otherwise : options.default;
}
function isField(of: Field<unknown> | Fields): of is Field<unknown> {
  return typeof of.kind === 'string';
}

/** What one may hand over for writing: every property may be missing, bytes may be any Uint8Array or several in a row. */
export type Input<T> =
  T extends Message<infer U>
    ? Input<U>
    : T extends Uint8Array
      ? Uint8Array | readonly Uint8Array[]
      : T extends string | number | boolean | null | undefined
        ? T
        : T extends readonly (infer E)[]
          ? readonly Input<E>[]
          : { readonly [K in keyof T]?: Input<T[K]> | undefined };
/** The decoded value of a message. */
export type Infer<M> = M extends Message<infer T> ? T : never;

export interface MessageHead {
  readonly name: string;
  readonly versions: Versions;
  readonly flexible: Versions | 'none';
}

const SIZE_HINT_MAX = 65536;
const NEVER = [Infinity, -Infinity] as const;

export class Message<T> {
  readonly name: string;
  readonly fields: Fields;
  readonly versionMin: number;
  readonly versionMax: number;
  /** Both ends inclusive. */
  readonly #flexible: readonly [min: number, max: number];
  readonly #onLack: 'refuse' | 'drop';
  /** About what the last frame needed: the next is probably as long. */
  sizeHint = 512;
  /** One pair of functions for each version, made at first use. */
  readonly #readers: ((reader: ByteReader) => T)[] = [];
  /** About what the last one needed: the next is probably as long. */
  #sizeHint = 256;
  readonly #writers: ((writer: ByteWriter, value: Input<T>) => void)[] = [];

  constructor(head: MessageHead, fields: Fields) {
    this.name = head.name;
    this.fields = fields;
    [this.versionMin, this.versionMax] = rangeOf(head.versions);
    assert(Number.isFinite(this.versionMax), () => `${head.name}: the versions have no end`);
    this.#flexible = head.flexible === 'none' ? NEVER : rangeOf(head.flexible);
    this.#onLack = head.name.endsWith('Response') ? 'drop' : 'refuse'; // S4
  }

  supports(version: number): boolean {
    return Number.isInteger(version) && version >= this.versionMin && version <= this.versionMax;
  }

  /** Also answers for versions that are not supported: headers depend on it. */
  isFlexible(version: number): boolean {
    return version >= this.#flexible[0] && version <= this.#flexible[1];
  }

  decode(version: number, buffer: Buffer, offset = 0): T {
    return this.read(new ByteReader(buffer, offset), version);
  }

  encode(version: number, value: Input<T>): Buffer {
    const writer = new ByteWriter(this.#sizeHint);
    this.write(writer, version, value);
    this.#sizeHint = Math.min(writer.length + 32, SIZE_HINT_MAX);
    return writer.toBuffer();
  }

  read(reader: ByteReader, version: number): T {
    const read = this.#readers[version] ?? this.#compileReader(version);
    try {
      return read(reader);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      throw new MalformedMessage(`${this.name} v${version}: ${error.message}`, { cause: error });
    }
  }

  write(writer: ByteWriter, version: number, value: Input<T>): void {
    const write = this.#writers[version] ?? this.#compileWriter(version);
    write(writer, value);
  }

  #compileReader(version: number): (reader: ByteReader) => T {
    this.#requireVersion(version);
    const read = compileReader(this.fields, version, this.isFlexible(version)) as (reader: ByteReader) => T;
    this.#readers[version] = read;
    return read;
  }

  #compileWriter(version: number): (writer: ByteWriter, value: Input<T>) => void {
    this.#requireVersion(version);
    const write = compileWriter(this.name, this.fields, version, this.isFlexible(version), this.#onLack);
    this.#writers[version] = write;
    return write;
  }

  #requireVersion(version: number): void {
    assert(this.supports(version), () => `${this.name} has no version ${version}`);
  }
}

export function message<F extends Fields>(head: MessageHead, fields: F): Message<Shape<F>> {
  return new Message<Shape<F>>(head, fields);
}
