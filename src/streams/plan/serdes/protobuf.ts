/**
 * Protocol Buffers, by protobufjs, with a given .proto text: the bytes of one message, without a registry's prefix.
 *
 *   P1  values are plain objects; 64-bit numbers are bigints, enums their names, bytes Buffers; absent fields have their defaults
 *   P2  writing loses nothing unseen: a field that the message has not, or of another type, is refused
 *   P3  reading drops fields that the schema does not know, as the format says
 */
import type * as Protobuf from 'protobufjs';
import { PlanError } from '../../plan-error.ts';
import type { Serde } from '../serde.ts';
import { present } from './bytes.ts';
import { library } from './library.ts';

const FORM = {
  longs: BigInt,
  enums: String,
  bytes: Buffer,
  defaults: true,
  arrays: true,
  objects: true,
} as const;

/** `message`: with its package, `shop.Order`. Imports are not followed: the text must be complete. */
export function protobuf<T = unknown>(proto: string, message: string): Serde<T> {
  const type = typeOf(proto, message, library<typeof Protobuf>('protobufjs'));
  return {
    name: `protobuf ${message}`,
    parse: (bytes) => type.toObject(type.decode(present(bytes)), FORM as object) as T,
    serialise(value) {
      checkFields(type, value, '');
      const made = type.fromObject(value as object);
      const wrong = type.verify(made);
      if (wrong !== null) throw new TypeError(wrong);
      return Buffer.from(type.encode(made).finish());
    },
  };
}

function typeOf(proto: string, message: string, { parse }: typeof Protobuf): Protobuf.Type {
  // The parser refuses all other names that are none; a field of this one it forgets.
  if (/\b__proto__\b/.test(proto)) throw new PlanError("serde.protobuf: nothing can be called '__proto__'");
  try {
    const { root } = parse(proto, { keepCase: true });
    root.resolveAll();
    return root.lookupType(message);
  } catch (error) {
    throw new PlanError(
      `serde.protobuf: ${message}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function checkFields(type: Protobuf.Type, value: unknown, path: string): void {
  if (value === null || typeof value !== 'object')
    throw new TypeError(`${path || 'the value'}: ${String(value)} is no ${type.name}`);
  for (const [name, one] of Object.entries(value)) {
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (field === undefined)
      throw new TypeError(`${path}${name}: ${type.name} has no such field: it would be lost`);
    const { resolvedType, repeated, map } = field;
    if (resolvedType === null || !('fields' in resolvedType) || one === null || one === undefined) continue;
    const parts = repeated || map ? Object.entries(one as object) : [[undefined, one] as const];
    for (const [nth, part] of parts)
      checkFields(resolvedType, part, `${path}${name}.${nth === undefined ? '' : `${nth}.`}`);
  }
}
