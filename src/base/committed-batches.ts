/**
 * committedBatches: what a client that reads committed records may show of a fetched partition (KIP-98). The broker sends batches of
 * aborted transactions too, and a list of these transactions beside them; leaving them out is the client's work.
 *
 *   batches   0 a · 1 p · 2 a aborts · 3 c · 4 c commits      aborted: producer of a, from offset 0
 *   given     1 p · 3 c      a transaction is open from its first offset to its marker; markers are nothing to show
 *
 * The batches begin where the fetch began or before, and are in the order of the log, as in an answer.
 */
export interface FetchedBatch {
  readonly firstOffset: bigint;
  readonly lastOffsetDelta: number;
  readonly attributes: number;
  readonly producerId: bigint;
  readonly records: readonly { readonly key: Buffer | null }[];
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const MARKER_KEY_BYTES = 4;
const MARKER_TYPE_AT = 2;
const ABORT_MARKER = 0;

export function* committedBatches<B extends FetchedBatch>(
  batches: readonly B[],
  abortedTransactions: readonly AbortedTransaction[],
): Iterable<B> {
  const aborted = [...abortedTransactions].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const open = new Set<bigint>();
  let begun = 0;
  for (const batch of batches) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    for (; begun < aborted.length && aborted[begun]!.firstOffset <= last; begun++)
      open.add(aborted[begun]!.producerId);
    if ((batch.attributes & CONTROL) !== 0) {
      if (isAbort(batch)) open.delete(batch.producerId);
    } else if ((batch.attributes & TRANSACTIONAL) === 0 || !open.has(batch.producerId)) yield batch;
  }
}

function isAbort({ records }: FetchedBatch): boolean {
  const key = records[0]?.key ?? null;
  return key !== null && key.length >= MARKER_KEY_BYTES && key.readInt16BE(MARKER_TYPE_AT) === ABORT_MARKER;
}
