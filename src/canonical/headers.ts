/** Headers: what a canonical record carries, so that it can be turned back years later. */

export type Header = readonly [name: string, value: Uint8Array | null];
export type Headers = readonly Header[];

/** `order@1`, or `flight@1/ops` where a definition has dialects. UTF-8. */
export const FORM_HEADER = 'gregor-canonical';
/** SHA-256 of the raw value: 32 bytes. */
export const HASH_HEADER = 'raw-sha256';
/** What the canonical value had no room for, or where that is (complement.ts): JSON in canonical form; absent when that is nothing. */
export const COMPLEMENT_HEADER = 'gregor-complement';
export const OUR_HEADERS: ReadonlySet<string> = new Set([FORM_HEADER, HASH_HEADER, COMPLEMENT_HEADER]);

/** The last one of that name counts, as for Kafka's clients. */
export function headerOf(headers: Headers, name: string): Uint8Array | undefined {
  return headers.findLast((header) => header[0] === name)?.[1] ?? undefined;
}

export function headerText(headers: Headers, name: string): string | undefined {
  const value = headerOf(headers, name);
  return value === undefined
    ? undefined
    : Buffer.from(value.buffer, value.byteOffset, value.length).toString();
}

export function withoutOurs(headers: Headers): Header[] {
  return headers.filter(([name]) => !OUR_HEADERS.has(name));
}
