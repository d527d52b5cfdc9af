/** The door of base: words that every room uses. Pure. */
export { AssertionFailed, assert, unreachable } from './assert.ts';
export { type AbortedTransaction, committedBatches, type FetchedBatch } from './committed-batches.ts';
export { crc32c, joinCrc32c } from './crc32c.ts';
export { type Deferred, deferred } from './deferred.ts';
export { type EventSink, type Level, silent } from './events.ts';
export { giveBack } from './give-back.ts';
export { murmur2, partitionOfKey } from './murmur2.ts';
export { nearest } from './nearest.ts';
export { ownCopy } from './own-copy.ts';
export { sha256 } from './sha256.ts';
