/**
 * Complement: what a canonical value had no room for, and where it is kept until somebody wants the raw value back.
 *
 *   complement: header   in the record itself, at most 32 KiB (the default)
 *   complement: topic    in the compacted topic `order.complement`, at most 900 KiB; the header says which topic
 *
 * On the topic its key is made of what the record carries anyway, the form and the hash of the raw value: `order@1#3f0a...`. The complement
 * of a raw value is always the same, so a record that is sent twice, by a retry or another producer, writes the same bytes under the same
 * key: no transaction is needed, and compaction loses nothing. It is acknowledged before the record is sent, so that no
 * reader finds a record without it.
 */
import { requireObject, textOf } from './check.ts';
import {
  COMPLEMENT_HEADER,
  FORM_HEADER,
  HASH_HEADER,
  type Headers,
  headerOf,
  headerText,
} from './headers.ts';
import type { JsonObject } from './json.ts';
import { parseJson } from './parse-json.ts';
import { canonicalBytes } from './print-json.ts';
import { Refused, refusalText } from './refused.ts';

/** More is refused: it would be most of the record. */
export const COMPLEMENT_BYTES_MAX = 32 * 1024;
/** A record of the default `max.message.bytes`. */
export const COMPLEMENT_RECORD_BYTES_MAX = 900 * 1024;

/** A record that must be on its topic before the canonical one is sent. */
export interface ComplementRecord {
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Uint8Array;
}

/** Where the complement of a record is, that is not in its header. */
export interface ComplementPlace {
  readonly topic: string;
  /** UTF-8. */
  readonly key: string;
}

export function complementTopicOf(id: string): string {
  return `${id.slice(0, id.indexOf('@'))}.complement`;
}

/** What the header `gregor-complement` says, and what the side topic is given. Throws `Refused` when it is too large for where it goes. */
export function keptComplement(
  complement: JsonObject,
  { form, complementTopic: topic }: { readonly form: string; readonly complementTopic: string | undefined },
  digest: Uint8Array,
): { header: Buffer; beside: ComplementRecord | undefined; bytes: Buffer } {
  const bytes = canonicalBytes(complement);
  if (topic === undefined) {
    if (bytes.length > COMPLEMENT_BYTES_MAX)
      throw new Refused(
        '',
        `its complement has ${bytes.length} bytes, at most ${COMPLEMENT_BYTES_MAX} are kept in a header`,
      );
    return { header: bytes, beside: undefined, bytes };
  }
  if (bytes.length > COMPLEMENT_RECORD_BYTES_MAX)
    throw new Refused(
      '',
      `its complement has ${bytes.length} bytes, at most ${COMPLEMENT_RECORD_BYTES_MAX} are kept in a topic`,
    );
  const header = canonicalBytes(new Map([['topic', topic]]));
  return { header, beside: { topic, key: Buffer.from(keyOf(form, digest)), value: bytes }, bytes };
}

/** Undefined: in its header, or nowhere, since there is none. Throws `Refused` when the header is damaged. */
export function complementPlaceOf(headers: Headers): ComplementPlace | undefined {
  const topic = complementOf(headerOf(headers, COMPLEMENT_HEADER)).get('topic');
  if (typeof topic !== 'string') return undefined;
  const digest = headerOf(headers, HASH_HEADER);
  if (digest === undefined)
    throw new Refused('', `it has no header ${HASH_HEADER}, under which its complement lies in ${topic}`);
  return { topic, key: keyOf(headerText(headers, FORM_HEADER) ?? '', digest) };
}

/** Throws `Refused` when it is no complement. */
export function complementOf(bytes: Uint8Array | undefined): JsonObject {
  if (bytes === undefined) return new Map();
  try {
    return requireObject(parseJson(textOf(bytes)).value);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new Refused('', `its complement (${COMPLEMENT_HEADER}) is damaged: ${refusalText(error)}`);
  }
}

function keyOf(form: string, digest: Uint8Array): string {
  return `${form}#${Buffer.from(digest).toString('hex')}`;
}
