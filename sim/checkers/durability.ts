/** D1: what was acknowledged is there, at the offset that was told, whatever happened since. */
import type { CheckerKind } from './checker.ts';
import { short } from './offsets.ts';

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
            if (batch.acknowledged === undefined) continue;
            for (const [n, value] of batch.values.entries()) {
              const offset = batch.acknowledged + n;
              if (batch.acknowledged < 0) {
                if (!all.has(value) && logStartOffset === 0)
                  violated(`D1: ${log.name} lost '${short(value)}', told to be a duplicate`);
              } else if (offset >= logStartOffset && values.get(offset) !== value)
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
