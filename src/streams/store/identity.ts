/** Identity: when two keys are the same key, and when two values are the same content. Both as short text. */
import { hash } from 'node:crypto';

/** Distinct for distinct keys, whatever their type: 7 and '7' are two. */
export function keyText(key: unknown): string {
  // The changelog is UTF-8, where all lone surrogates become one character.
  if (typeof key === 'string') return key.isWellFormed() ? `s${key}` : `u${JSON.stringify(key)}`;
  if (key === null || key === undefined) return 'n';
  if (key instanceof Uint8Array)
    return `b${Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')}`;
  if (typeof key === 'object') return `j${stableJson(key)}`;
  return typeof key === 'bigint' ? `i${key}` : `v${String(key)}`;
}

/** SHA-256 of the content; the order of an object's fields does not count. */
export function contentHash(value: unknown): string {
  return hash('sha256', value instanceof Uint8Array ? value : stableJson(value), 'base64url');
}

function stableJson(value: unknown): string {
  return (
    JSON.stringify(value, (_name, one: unknown) => {
      if (typeof one === 'bigint') return { $bigint: String(one) };
      if (one === null || typeof one !== 'object' || Array.isArray(one)) return one;
      const fields = one as Record<string, unknown>;
      return Object.fromEntries(
        Object.keys(fields)
          .sort()
          .map((name) => [name, fields[name]]),
      );
    }) ?? 'undefined'
  );
}
