/**
 * The committed view: what a reader of committed records shows of an answer, by the list of aborted transactions in it. As
 * Kafka's clients do it: nothing is remembered from one answer to the next.
 */
import type { ReadBatch, Reading } from './history.ts';

export interface CommittedView {
  readonly shown: readonly string[];
  readonly hidden: readonly string[];
}

export function committedView({ batches, aborted }: Pick<Reading, 'batches' | 'aborted'>): CommittedView {
  const waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const inAborted = new Set<number>();
  const shown: string[] = [];
  const hidden: string[] = [];
  for (const batch of batches) {
    while (waiting[0] !== undefined && waiting[0].firstOffset <= batch.lastOffset)
      inAborted.add(waiting.shift()!.producerId);
    if (batch.marker !== undefined) {
      if (batch.marker === 'abort') inAborted.delete(batch.producerId);
    } else (isHidden(batch, inAborted) ? hidden : shown).push(...batch.records.map(({ value }) => value));
  }
  return { shown, hidden };
}

function isHidden({ isTransactional, producerId }: ReadBatch, inAborted: ReadonlySet<number>): boolean {
  return isTransactional && inAborted.has(producerId);
}
