/** Topic: a name and how its bytes are read and written. Without serdes: bytes as they are. */
import { PlanError } from '../plan-error.ts';
import { type Serde, serde } from './serde.ts';

export interface Topic<K, V> {
  readonly name: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

type Raw = Buffer | null;

export function topic<K = Raw, V = Raw>(
  name: string,
  serdes: { readonly key?: Serde<K>; readonly value?: Serde<V> } = {},
): Topic<K, V> {
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(name) || name === '.' || name === '..')
    throw new PlanError(`'${name}' is no topic name: letters, digits, '.', '_' and '-', at most 249`);
  const { key = serde.raw as unknown as Serde<K>, value = serde.raw as unknown as Serde<V> } = serdes;
  return Object.freeze({ name, key, value });
}
