/**
 * T1, T2, T5, R1, R2: readers of committed records get all of a transaction or nothing: nothing before its commit was asked
 * for, nothing that was aborted, and no answer to one Fetch shows it decided in one partition and open in another.
 */
import { committedView } from '../history/committed-view.ts';
import type { LogFacts, SentBatch } from '../history/facts.ts';
import type { FinalLook } from '../history/final-look.ts';
import type { Reading } from '../history/history.ts';
import type { TransactionFacts } from '../history/transaction-facts.ts';
import type { CheckerKind, Violated } from './checker.ts';
import { short } from './offsets.ts';

/** In one answer: this transaction's record at `offset` was told to be undecided, and these stable offsets beside it. */
interface Moment {
  readonly log: LogFacts;
  readonly offset: number;
  readonly others: readonly Pick<Reading, 'log' | 'lastStableOffset' | 'reader'>[];
}

const MOMENTS_MAX = 10_000;

export const atomicity: CheckerKind = {
  promises: ['T1', 'T2', 'T5', 'R1', 'R2'],
  make(violated) {
    const shown = new Map<LogFacts, Set<string>>();
    const hidden = new Map<LogFacts, Set<string>>();
    const moments: Moment[] = [];
    return {
      name: 'atomicity',
      read(reading) {
        if (reading.isolation === 'read_uncommitted' || !reading.log.isTransactional) return;
        checkLists(reading, violated);
        const { log, reader } = reading;
        const view = committedView(reading);
        for (const value of view.shown) checkShown(log, value, reader, violated);
        addAll(shown, log, view.shown);
        addAll(hidden, log, view.hidden);
      },
      readTogether(readings) {
        for (const { log, lastStableOffset, highWatermark } of readings) {
          const others = readings.filter((other) => other.log !== log);
          if (lastStableOffset < highWatermark && others.length > 0 && moments.length < MOMENTS_MAX)
            moments.push({ log, offset: lastStableOffset, others });
        }
      },
      finished(look) {
        const fates = fatesOf(look);
        for (const [transaction, logs] of transactionsIn(look)) checkWhole(transaction, logs, violated);
        for (const { log, committed } of look.logs) {
          const expected = look.logs.find((one) => one.log === log)!.records.filter(isCommitted);
          checkView(
            log,
            committed,
            expected.map(({ value }) => value),
            fates,
            violated,
          );
          for (const value of shown.get(log) ?? [])
            if (!isOneOf(fates.get(value), ['committed', 'plain'], log))
              violated(`T1: ${log.name}: '${short(value)}' was shown, and is ${fates.get(value) ?? 'gone'}`);
          for (const value of hidden.get(log) ?? [])
            if (!isOneOf(fates.get(value), ['aborted'], log))
              violated(
                `R2: ${log.name}: '${short(value)}' was told to be aborted, and is ${fates.get(value)}`,
              );
        }
        for (const moment of moments) checkMoment(moment, violated);
      },
    };
  },
};

function addAll(sets: Map<LogFacts, Set<string>>, log: LogFacts, values: readonly string[]): void {
  const set = sets.get(log) ?? new Set<string>();
  sets.set(log, set);
  for (const value of values) set.add(value);
}

function isCommitted({ fate }: FinalLook['logs'][number]['records'][number]): boolean {
  return fate === 'committed' || fate === 'plain';
}

function checkLists({ log, reader, batches, lastStableOffset, aborted }: Reading, violated: Violated): void {
  const last = batches.at(-1);
  if (last !== undefined && last.lastOffset >= lastStableOffset)
    violated(
      `R1: ${log.name}: ${reader} got ${last.lastOffset}, the last stable offset is ${lastStableOffset}`,
    );
  for (const [n, { producerId, firstOffset }] of aborted.entries()) {
    const before = aborted[n - 1];
    if (before === undefined || before.producerId < producerId) continue;
    if (before.producerId > producerId || before.firstOffset > firstOffset)
      violated(`R2: ${log.name}: ${reader} was told of aborted transactions out of order`);
  }
}

function checkShown(log: LogFacts, value: string, reader: string, violated: Violated): void {
  const transaction = log.sent.get(value)?.transaction;
  if (transaction === undefined) return;
  if (transaction.asked !== 'commit')
    violated(`T2: ${log.name}: ${reader} got '${short(value)}' of ${transaction}: nobody asked to commit it`);
  if (transaction.outcome === 'aborted')
    violated(`T1: ${log.name}: ${reader} got '${short(value)}' of ${transaction}`);
}

/** Compaction may have taken it since. */
function isOneOf(fate: string | undefined, expected: readonly string[], log: LogFacts): boolean {
  return fate === undefined ? log.isCompacted : expected.includes(fate);
}

/** The fate of every value. */
function fatesOf({ logs }: FinalLook): Map<string, string> {
  return new Map(logs.flatMap(({ records }) => records.map(({ value, fate }) => [value, fate] as const)));
}

function transactionsIn({ logs }: FinalLook): Map<TransactionFacts, Map<string, string>> {
  const transactions = new Map<TransactionFacts, Map<string, string>>();
  for (const { log, records } of logs) {
    const fates = new Map(records.map(({ value, fate }) => [value, fate]));
    for (const [value, { transaction }] of log.sent) {
      if (transaction === undefined) continue;
      const fate = fates.get(value);
      if (fate === undefined && log.mayHaveGaps) continue; // whether it may be is a question of its key: compaction.ts, one-per-id.ts
      const all = transactions.get(transaction) ?? new Map<string, string>();
      transactions.set(transaction, all);
      all.set(value, fate ?? 'missing');
    }
  }
  return transactions;
}

function checkWhole(transaction: TransactionFacts, fates: Map<string, string>, violated: Violated): void {
  const kinds = new Set(fates.values());
  const isWhole = kinds.size === 1 && kinds.has('committed');
  const isRefused = transaction.asked !== 'commit' || transaction.outcome === 'aborted';
  if (isWhole ? !isRefused : transaction.outcome !== 'committed' && !kinds.has('committed')) return;
  const some = [...fates].map(([value, fate]) => `'${short(value)}' ${fate}`).join(', ');
  if (transaction.outcome === 'committed') violated(`T1: ${transaction} is not whole: ${some}`);
  if (kinds.size !== 1) violated(`T1: part of ${transaction} is committed: ${some}`);
  if (transaction.asked !== 'commit') violated(`T2: ${transaction} is committed: ${some}`);
  if (transaction.outcome === 'aborted') violated(`T1: ${transaction} is committed: ${some}`);
}

function checkView(
  log: LogFacts,
  committed: readonly string[] | undefined,
  expected: readonly string[],
  fates: ReadonlyMap<string, string>,
  violated: Violated,
): void {
  if (committed === undefined) return;
  if (log.isCompacted) return checkCompactedView(log, committed, expected, { fates, violated });
  const wrong = expected.findIndex((value, n) => committed[n] !== value);
  if (wrong >= 0 || committed.length !== expected.length)
    violated(
      `R2: ${log.name}: a reader of committed records gets ${committed.length} records, ${expected.length} are committed; the first difference is '${short(expected[wrong] ?? '')}'`,
    );
}

/**
 * Between the two readings compaction may have taken some; what is left is committed, and in order. What the first reading did not find may
 * be there too: it read cleaned segments where the second one, whose pieces end elsewhere, read memory, which has all of it still.
 */
function checkCompactedView(
  log: LogFacts,
  committed: readonly string[],
  expected: readonly string[],
  { fates, violated }: { readonly fates: ReadonlyMap<string, string>; readonly violated: Violated },
): void {
  let at = -1;
  for (const value of committed) {
    const next = expected.indexOf(value, at + 1);
    if (next >= 0) at = next;
    else if (fates.has(value) || !mayBeCommitted(log.sent.get(value)))
      return violated(`R2: ${log.name}: a reader of committed records gets '${short(value)}', which is not`);
  }
}

function mayBeCommitted(sent: SentBatch | undefined): boolean {
  if (sent?.transaction === undefined) return sent !== undefined;
  return sent.transaction.asked === 'commit' && sent.transaction.outcome !== 'aborted';
}

function checkMoment({ log, offset, others }: Moment, violated: Violated): void {
  const transaction = log.sent.get(log.records[offset]?.value ?? '')?.transaction;
  if (transaction === undefined) return;
  for (const batch of transaction.batches) {
    const other = others.find((one) => one.log === batch.log);
    if (other === undefined || batch.acknowledged === undefined || batch.acknowledged < 0) continue;
    if (batch.acknowledged < other.lastStableOffset)
      violated(
        `T5: ${other.reader} was told in one answer that ${transaction} is open in ${log.name} and decided in ${other.log.name}`,
      );
  }
}
