/** IdSource: what identifies a record: its key, a header, a field of its value, its content, or an expression. */
import { LosslessJson } from '../lossless-json.ts';
import { PlanError } from '../plan-error.ts';
import { type Paths, pathsOf, pathsText } from '../plan/paths.ts';
import { headerText, type StreamRecord } from '../record.ts';
import { contentHash, keyText } from '../store/identity.ts';

export type Id = string | number | bigint | Uint8Array;

export type IdSource<K, V> =
  | 'key'
  | 'content'
  | { readonly header: string }
  | { readonly field: string }
  | ((record: StreamRecord<K, V>) => Id);

/** Throws when the record has no id. */
export type Identify = (record: StreamRecord) => string;

export interface Identifier {
  /** For the plan. */
  readonly name: string;
  /** What it reads; undefined when nobody can tell. */
  readonly paths: Paths | undefined;
  readonly identify: Identify;
}

export function identifier(source: IdSource<unknown, unknown>): Identifier {
  if (typeof source === 'function') {
    const paths = pathsOf(source);
    const name = pathsText(paths) ?? 'an expression';
    return { name, paths, identify: (record) => idText(source(record), 'the expression') };
  }
  if (source === 'key')
    return { name: 'key', paths: ['key'], identify: (record) => idText(record.key, 'the key') };
  if (source === 'content')
    return { name: 'content', paths: ['value'], identify: (record) => contentHash(record.value) };
  if ('header' in source) {
    const { header } = source;
    return {
      name: `header ${header}`,
      paths: [`headers.${header}`],
      identify: ({ headers }) => idText(headerText(headers, header), `the header '${header}'`),
    };
  }
  const path = source.field.split('.');
  if (path.includes('')) throw new PlanError(`'${source.field}' names no field`);
  return {
    name: `field ${source.field}`,
    paths: [`value.${source.field}`],
    identify: ({ value }) => idText(fieldOf(value, path), `the field '${source.field}'`),
  };
}

function fieldOf(value: unknown, path: readonly string[]): unknown {
  if (value instanceof LosslessJson) return value.get(path.join('.'));
  let found = value;
  for (const name of path) {
    if (found === null || typeof found !== 'object') return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

function idText(id: unknown, where: string): string {
  if (id === undefined || id === null)
    throw new TypeError(`no id: ${where} is ${id === null ? 'null' : 'missing'}`);
  return keyText(id);
}
