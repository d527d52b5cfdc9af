/**
 * I1, O5, I5, D2: an idempotent batch stands in its log once, and in the order of its producer's sequence; an acks=0 batch
 * once per send, whole, in the order of its connection; a plain one at most as often as it was sent and not refused for good.
 */
import { senderOf, type LogFacts, type SentBatch } from '../history/facts.ts';
import type { CheckerKind, Violated } from './checker.ts';
import { short } from './offsets.ts';

export const once: CheckerKind = {
  promises: ['I1', 'I5', 'O5', 'D2', 'D4'],
  make(violated) {
    const places = new Map<LogFacts, Map<string, Set<number>>>();
    return {
      name: 'once and in order',
      read({ log, batches }) {
        const known = places.get(log) ?? new Map<string, Set<number>>();
        places.set(log, known);
        for (const { records } of batches)
          for (const { offset, value } of records) {
            const at = known.get(value) ?? new Set<number>();
            known.set(value, at.add(offset));
            const batch = log.sent.get(value);
            if (batch !== undefined && at.size > mayStand(batch))
              violated(`I1: ${log.name}: '${short(value)}' (${batch.kind}) stands at ${[...at].join(', ')}`);
          }
      },
      finished({ logs }) {
        for (const { log, records } of logs) inOrder(log, records, violated);
      },
    };
  },
};

function mayStand(batch: SentBatch): number {
  if (batch.kind === 'idempotent' || batch.kind === 'transactional') return 1;
  return batch.attempts.filter(({ outcome }) => outcome !== 'definite').length;
}

function inOrder(
  log: LogFacts,
  records: readonly { offset: number; value: string }[],
  violated: Violated,
): void {
  const last = new Map<string, { batch: SentBatch; index: number }>();
  for (const { offset, value } of records) {
    const batch = log.sent.get(value);
    if (batch === undefined || batch.kind === 'plain') continue;
    const index = batch.values.indexOf(value);
    const sender = senderOf(batch);
    const before = last.get(sender);
    last.set(sender, { batch, index });
    if (before?.batch === batch) {
      if (log.mayHaveGaps ? index <= before.index : index !== before.index + 1)
        violated(`O5: ${log.name} @${offset}: record ${index} of a batch after ${before.index}`);
      continue;
    }
    if (
      index !== 0 &&
      !log.mayHaveGaps &&
      records[0]!.offset !== offset &&
      log.logStartOffset < offset - index
    )
      violated(`D2: ${log.name} @${offset}: a batch of ${batch.producer} begins with its record ${index}`);
    if (before !== undefined && batch.order <= before.batch.order)
      violated(
        `O5: ${log.name} @${offset}: batch ${batch.order} of ${batch.producer} after ${before.batch.order}`,
      );
    const mayMissBatches = log.mayHaveGaps || log.check !== undefined; // what was refused is not there
    const follows = before === undefined || mayMissBatches || batch.order === before.batch.order + 1;
    if (!follows && batch.kind === 'idempotent')
      violated(
        `I1: ${log.name} @${offset}: batch ${batch.order} of ${batch.producer} follows ${before?.batch.order}: a gap`,
      );
  }
}
