/** Identity: when two keys are the same key, and when two values are the same content. Both as short text. */
import { hash } from 'node:crypto';
import { printJson } from '../../canonical/index.ts';
import { LosslessJson } from '../lossless-json.ts';

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

/** Like JSON, with the fields of every object in order, and numbers of all kinds told apart. */
function stableJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`;
  if (value instanceof LosslessJson) return `json ${printJson(value.tree)}`;
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('base64')}`;
  const fields = value as Record<string, unknown>;
  let text = '{';
  for (const name of Object.keys(fields).sort())
    if (fields[name] !== undefined) text += `${JSON.stringify(name)}:${stableJson(fields[name])},`;
  return `${text}}`;
}
