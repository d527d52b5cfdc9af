/**
 * T1, T6: what a transaction moves from one account to another leaves the total as it was; a copy with its offsets in the
 * transaction has each input record once, up to the offset where its group stands, and that offset never falls back.
 */
import type { FinalLook } from '../history/final-look.ts';
import type { CopyFacts, TransactionFacts } from '../history/transaction-facts.ts';
import type { CheckerKind, Violated } from './checker.ts';

export const exactlyOnce: CheckerKind = {
  promises: ['T6', 'T1'],
  make(violated) {
    const copies = new Map<CopyFacts, number>();
    return {
      name: 'exactly once',
      resumed(copy, offset, floor) {
        copies.set(copy, offset);
        if (offset < floor)
          violated(`T6: the group of the copiers stands at ${offset}, ${floor} had been committed`);
        if (offset >= 0 && !copy.askedOffsets.has(offset))
          violated(`T2: the group of the copiers stands at ${offset}, which nobody asked to commit`);
      },
      finished(look) {
        let total = 0;
        for (const { amount } of committedIn(look)) total += amount;
        if (total !== 0) violated(`T1: all accounts together have ${total}, and had 0`);
        for (const [copy, offset] of copies) checkCopy(look, copy, Math.max(0, offset), violated);
      },
    };
  },
};

function* committedIn({ logs }: FinalLook) {
  for (const { log, records } of logs)
    for (const { value, fate } of records) {
      const transaction: TransactionFacts | undefined = log.sent.get(value)?.transaction;
      if (fate !== 'committed' || transaction === undefined) continue;
      yield { amount: transaction.amounts.get(value) ?? 0, source: transaction.sources.get(value) };
    }
}

function checkCopy(look: FinalLook, { input }: CopyFacts, standsAt: number, violated: Violated): void {
  const counts = new Map<number, number>();
  for (const { source } of committedIn(look))
    if (source !== undefined) counts.set(source, (counts.get(source) ?? 0) + 1);
  const { records } = look.logs.find(({ log }) => log === input)!;
  for (const { offset, fate } of records) {
    const expected = offset < standsAt && fate === 'plain' ? 1 : 0;
    const count = counts.get(offset) ?? 0;
    if (count !== expected)
      violated(
        `T6: input record ${offset} stands ${count} times in the copy; its group stands at ${standsAt}`,
      );
  }
}
