/** D1: what was acknowledged is there, at the offset that was told, whatever happened since. */
import { isBad } from '../client/values.ts';
import type { LogFacts } from '../history/facts.ts';
import type { CheckerKind } from './checker.ts';
import { short } from './offsets.ts';

/** Whether a compacted log may miss it is a question of its key: compaction.ts; of a checked one: checked-records.ts. */
const isWrong = (found: string | undefined, value: string, { isCompacted, check }: LogFacts) =>
  found !== value && !(found === undefined && (isCompacted || (check !== undefined && isBad(value))));

export const durability: CheckerKind = {
  promises: ['D1'],
  make(violated) {
    return {
      name: 'durability',
      finished({ logs }) {
        for (const { log, logStartOffset, records } of logs) {
          const values = new Map(records.map(({ offset, value }) => [offset, value]));
          const all = new Set(values.values());
          for (const batch of new Set(log.sent.values())) {
            if (batch.acknowledged === undefined || log.dedupe !== undefined) continue; // one-per-id.ts
            for (const [n, value] of batch.values.entries()) {
              const offset = batch.acknowledged + n;
              if (batch.acknowledged < 0) {
                if (!all.has(value) && logStartOffset === 0 && !log.isCompacted)
                  violated(`D1: ${log.name} lost '${short(value)}', told to be a duplicate`);
              } else if (offset >= logStartOffset && isWrong(values.get(offset), value, log))
                violated(
                  `D1: ${log.name} @${offset} was acknowledged as '${short(value)}', holds '${short(values.get(offset) ?? 'nothing')}'`,
                );
            }
          }
        }
      },
    };
  },
};
