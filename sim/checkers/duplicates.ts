/** I2, I3: a batch that is sent again is answered with the offset of the first time. */
import type { CheckerKind } from './checker.ts';

/** So many batches of a producer are recognised with their offsets. */
const BATCHES_KEPT = 5;

export const duplicates: CheckerKind = {
  promises: ['I2', 'I3'],
  make(violated) {
    /** The newest batch of each producer that was ever sent. */
    const newest = new Map<string, number>();
    return {
      name: 'duplicates',
      sent({ producer, order }) {
        newest.set(producer, Math.max(newest.get(producer) ?? 0, order));
      },
      acknowledged(batch, _attempt, baseOffset) {
        if (batch.log.dedupe !== undefined) return; // one-per-id.ts
        const isRecent = newest.get(batch.producer)! - batch.order < BATCHES_KEPT;
        const isSequenced = batch.kind === 'idempotent' || batch.kind === 'transactional';
        if (baseOffset < 0 && isRecent && isSequenced && !batch.log.mayBeDamaged)
          violated(
            `I3: ${batch.log.name}: batch ${batch.order} of ${batch.producer} is told to be a duplicate without an offset, after ${newest.get(batch.producer)}`,
          );
        const { acknowledged, log, producer } = batch;
        if (!isSequenced || baseOffset < 0 || acknowledged === undefined || acknowledged < 0) return;
        if (acknowledged !== baseOffset)
          violated(
            `I2: ${log.name}: a batch of ${producer} was at ${acknowledged}, its copy is told ${baseOffset}`,
          );
      },
    };
  },
};
