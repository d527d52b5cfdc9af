/**
 * Subscription: the topics in what a consumer sends as metadata of its protocol (`ConsumerProtocolSubscription`).
 *
 *   int16 version | int32 count | count × (int16 length, utf-8) | ... the rest is between the clients
 *
 * The broker looks inside only to know which committed offsets are still in use.
 */
export const CONSUMER_PROTOCOL_TYPE = 'consumer';

/** Undefined when the bytes are something else: then nothing may be concluded from them. */
export function subscribedTopicsIn(metadata: Buffer): string[] | undefined {
  if (metadata.length < 6 || metadata.readInt16BE(0) < 0) return undefined;
  const count = metadata.readInt32BE(2);
  const topics: string[] = [];
  let position = 6;
  for (let i = 0; i < count; i++) {
    if (position + 2 > metadata.length) return undefined;
    const length = metadata.readInt16BE(position);
    position += 2;
    if (length < 0 || position + length > metadata.length) return undefined;
    topics.push(metadata.toString('utf8', position, position + length));
    position += length;
  }
  return topics;
}
