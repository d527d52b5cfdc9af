/** Serdes as text: a name, or a format with what it needs: { csv: { columns: [a, b] } }. With a question mark also records without it. */
import { serde } from '../streams/index.ts';
import type { AnySerde, Shape } from './flow.ts';
import { either, type Form, listOf, object, oneOf, optional, required, text } from './form.ts';
import type { Part } from './part.ts';

export interface NamedSerde {
  /** As it stands in the text. */
  readonly name: string;
  readonly serde: AnySerde;
  readonly shape: Shape;
}

const named = (name: string, one: unknown, shape: Shape): NamedSerde => ({
  name,
  serde: one as AnySerde,
  shape,
});
const both = (name: string, one: unknown, shape: Shape): NamedSerde[] => [
  named(name, one, shape),
  named(`${name}?`, serde.nullable(one as AnySerde), shape),
];

const PLAIN = new Map(
  [
    named('raw', serde.raw, 'bytes'),
    ...both('text', serde.text, 'text'),
    ...both('json', serde.json(), 'value'),
    ...both('json-lossless', serde.lossless, 'lossless'),
  ].map((one) => [one.name, one]),
);
export const OF_SHAPE: Readonly<Record<Shape, NamedSerde>> = {
  bytes: PLAIN.get('raw')!,
  text: PLAIN.get('text')!,
  value: PLAIN.get('json')!,
  lossless: PLAIN.get('json-lossless')!,
};

const plain = oneOf(...PLAIN.keys());
const csv = object({ columns: required(listOf(text)), delimiter: optional(text, 'default a comma') });
const protobuf = object({
  file: required(text, 'a .proto file'),
  message: required(text, 'with its package'),
});
const file: Form<string> = { ...text, read: (part) => part.readFile() };
const formats = object({
  csv: optional(csv, 'one row without a header line; fields are text'),
  avro: optional(file, 'a file with the schema'),
  protobuf: optional(protobuf),
});

export const serdeText: Form<NamedSerde> = either<NamedSerde>(
  { fits: (part) => part.isMap, form: { ...formats, read: formatOf } },
  { fits: () => true, form: { ...plain, read: (part) => PLAIN.get(plain.read(part))! } },
);

function formatOf(part: Part): NamedSerde {
  const read = formats.read(part);
  try {
    if (read.csv !== undefined) {
      const { columns = [], delimiter } = read.csv;
      return named('csv', serde.csv({ columns, ...(delimiter === undefined ? {} : { delimiter }) }), 'value');
    }
    if (read.avro !== undefined) return named('avro', serde.avro(read.avro), 'value');
    if (read.protobuf !== undefined) {
      const proto = part.find('protobuf')!.find('file')!.readFile();
      return named('protobuf', serde.protobuf(proto, read.protobuf.message ?? ''), 'value');
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'PlanError' && !('site' in error)) part.fail(error.message);
    throw error;
  }
  return part.fail('it names no format', 'Such as { csv: { columns: [id, total] } }');
}
