/** O1: an offset names one record for ever, and nothing stands in a log that nobody sent. */
import type { LogFacts } from '../history/facts.ts';
import type { CheckerKind } from './checker.ts';

export const offsets: CheckerKind = {
  promises: ['O1'],
  make(violated) {
    const hold = (log: LogFacts, offset: number, value: string, who: string) => {
      const known = log.records[offset];
      if (known !== undefined && known.value !== value)
        violated(
          `O1: ${log.name} @${offset} is '${short(value)}' for ${who}, and was '${short(known.value)}'`,
        );
    };
    return {
      name: 'offsets',
      acknowledged(batch, _attempt, baseOffset) {
        if (baseOffset < 0 || batch.log.dedupe !== undefined) return; // it may be where an earlier one is
        for (const [n, value] of batch.values.entries())
          hold(batch.log, baseOffset + n, value, batch.producer);
      },
      read({ log, reader, batches }) {
        for (const { records, marker } of batches)
          for (const { offset, value } of records) {
            hold(log, offset, value, reader);
            if (marker === undefined && ![log, ...log.deadOf].some(({ sent }) => sent.has(value)))
              violated(`O1: ${log.name} @${offset} holds '${short(value)}', which nobody sent`);
          }
      },
    };
  },
};

export function short(value: string): string {
  return value.length > 40 ? `${value.slice(0, 40)}…(${value.length})` : value;
}
