/** DumpText: a line of a dump for people, and as JSON. Bytes are text where they are UTF-8, else base64. */
import type { DumpLine } from '../../inspect/index.ts';
import { bytesJson } from '../client/record-json.ts';

const POSITION_WIDTH = 12;

/** `      4096  frame  sequence=812 session=3 ...` */
export function dumpText({ type, at, to, damaged, ...fields }: DumpLine): string {
  const range = to === undefined ? '' : ` –${to - 1}`;
  const values = Object.entries(fields).map(([name, value]) => ` ${name}=${text(value)}`);
  const indent = type === 'record' || type === 'segment' ? '    ' : '  ';
  return `${String(at).padStart(POSITION_WIDTH)}${indent}${type}${range}${values.join('')}${damaged === undefined ? '' : `  DAMAGED: ${damaged}`}`;
}

export function dumpJson(line: object): string {
  return JSON.stringify(plain(line));
}

function text(value: unknown): string {
  const json = plain(value);
  return typeof json === 'string' && /^[\w.:-]+$/.test(json) ? json : JSON.stringify(json);
}

/** Every Buffer in it as `bytesJson` has it. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return bytesJson(Buffer.from(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
