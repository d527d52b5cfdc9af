/** O2, D1: a reader sees every offset in order from where it asked; nothing at or above the high watermark. */
import type { Reading } from '../history/history.ts';
import type { CheckerKind, Violated } from './checker.ts';

export const readingOrder: CheckerKind = {
  promises: ['O2'],
  make(violated) {
    return {
      name: 'reading order',
      read({ log, reader, fetchOffset, highWatermark, batches }) {
        if (log.mayHaveGaps) return rising({ log, reader, fetchOffset, highWatermark, batches }, violated);
        const [first] = batches;
        if (first !== undefined && (first.baseOffset > fetchOffset || first.lastOffset < fetchOffset))
          violated(
            `O2: ${log.name}: ${reader} asked for ${fetchOffset}, got ${first.baseOffset}–${first.lastOffset}`,
          );
        let due = first?.baseOffset ?? 0;
        for (const { baseOffset, lastOffset, records } of batches) {
          if (baseOffset !== due)
            violated(`O2: ${log.name}: ${reader} got ${baseOffset} where ${due} was due`);
          for (const { offset } of records) {
            if (offset !== due)
              violated(`O2: ${log.name}: ${reader} got offset ${offset} where ${due} was due`);
            due++;
          }
          if (due !== lastOffset + 1)
            violated(`O2: ${log.name}: a batch ends at ${due - 1}, says ${lastOffset}`);
        }
        if (due > highWatermark && first !== undefined)
          violated(
            `O3: ${log.name}: ${reader} read up to ${due}, beyond the high watermark ${highWatermark}`,
          );
      },
    };
  },
};

type Seen = Pick<Reading, 'log' | 'reader' | 'fetchOffset' | 'highWatermark' | 'batches'>;

/** Where offsets may be missing those that are there rise. */
function rising({ log, reader, fetchOffset, highWatermark, batches }: Seen, violated: Violated): void {
  const [first] = batches;
  if (first !== undefined && first.lastOffset < fetchOffset)
    violated(
      `O2: ${log.name}: ${reader} asked for ${fetchOffset}, got a batch that ends at ${first.lastOffset}`,
    );
  let due = 0;
  for (const { baseOffset, lastOffset, records } of batches) {
    if (baseOffset < due)
      violated(`O2: ${log.name}: ${reader} got a batch at ${baseOffset} after ${due - 1}`);
    due = baseOffset;
    for (const { offset } of records) {
      if (offset < due || offset > lastOffset)
        violated(
          `O2: ${log.name}: ${reader} got offset ${offset} in ${baseOffset}–${lastOffset}, after ${due - 1}`,
        );
      due = offset + 1;
    }
    due = lastOffset + 1;
  }
  if (due > highWatermark && first !== undefined)
    violated(`O3: ${log.name}: ${reader} read up to ${due}, beyond the high watermark ${highWatermark}`);
}
