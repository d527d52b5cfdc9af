/**
 * Uuids: 32 lowercase hexadecimal digits inside the program, base64url (22 characters) where people see them.
 */
export { ZERO_UUID } from './bytes.ts';

const HEX = /^[0-9a-f]{32}$/;
const BASE64URL = /^[A-Za-z0-9_-]{22}$/;

export function isUuid(text: string): boolean {
  return HEX.test(text);
}

/** The form that Kafka's own tools print. */
export function uuidToBase64(uuid: string): string {
  if (!isUuid(uuid)) throw new RangeError(`'${uuid}' is not a uuid`);
  return Buffer.from(uuid, 'hex').toString('base64url');
}

/** The inverse; undefined when the text is no uuid in that form. */
export function uuidFromBase64(text: string): string | undefined {
  return BASE64URL.test(text) ? Buffer.from(text, 'base64url').toString('hex') : undefined;
}
