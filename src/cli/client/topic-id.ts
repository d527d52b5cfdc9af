/** Topic ids as Kafka's tools print them: 22 characters of base64url. */

/** From 32 hexadecimal digits, with dashes or without. */
export function topicIdText(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}
