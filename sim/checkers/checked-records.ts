/**
 * N1, N2: topics whose records are looked at before they enter, and what becomes of those that are refused.
 *
 *   error        a batch with a refused record leaves nothing in the log, and is refused for good, no other batch is
 *   deadletter   the refused records are in the topic of dead letters, once for each time that the rest of their batch is in the log,
 *                in the order of their producer (of its connection, with acks=0); a batch that no frame can hold with its letters may leave letters without a rest
 *
 * That a refused record is in no log, and the order of arrival, are told by `once and in order` too.
 */
import { isBad } from '../client/values.ts';
import { senderOf, type LogFacts, type SentBatch } from '../history/facts.ts';
import type { FinalLog } from '../history/final-look.ts';
import type { CheckerKind, Violated } from './checker.ts';
import { short } from './offsets.ts';

/** With less than this a batch and its letters fit into every frame that the swarm draws. */
const SURELY_ONE_FRAME_BYTES = 3_000;

export const checkedRecords: CheckerKind = {
  promises: ['N1', 'N2'],
  make(violated) {
    return {
      name: 'checked records',
      read({ log, reader, batches }) {
        if (log.check === undefined) return;
        for (const { records } of batches)
          for (const { offset, value } of records)
            if (isBad(value))
              violated(
                `N1: ${log.name} @${offset}: ${reader} got '${short(value)}', which the check refuses`,
              );
      },
      acknowledged({ log, values, producer, order }) {
        if (log.check?.reject === 'error' && values.some(isBad))
          violated(
            `N1: ${log.name}: batch ${order} of ${producer} has a record that is refused, and was taken`,
          );
      },
      refused({ log, values, producer, order }, _attempt, error) {
        if (error === 'INVALID_RECORD' && !mayBeRefused(log, values))
          violated(`N1: ${log.name}: batch ${order} of ${producer} was refused, and all of its records fit`);
      },
      finished({ logs }) {
        for (const seen of logs) {
          if (seen.log.check === undefined) continue;
          const dead = logs.find(({ log }) => log.deadOf.includes(seen.log));
          if (seen.log.check.reject === 'error') wholeBatches(seen, violated);
          else new Letters(seen, dead, violated).check();
        }
      },
    };
  },
};

/** Where threads die a batch may be refused because nobody could look at it. */
function mayBeRefused({ check }: LogFacts, values: readonly string[]): boolean {
  return check !== undefined && (check.threadsDie || (check.reject === 'error' && values.some(isBad)));
}

function wholeBatches({ log, records }: FinalLog, violated: Violated): void {
  for (const { offset, value } of records) {
    const refused = log.sent.get(value)?.values.find(isBad);
    if (refused !== undefined)
      violated(`N1: ${log.name} @${offset}: '${short(value)}' is there, of a batch with '${short(refused)}'`);
  }
}

class Letters {
  readonly #log: LogFacts;
  readonly #dead: FinalLog | undefined;
  readonly #violated: Violated;
  readonly #there = new Map<string, number>();

  constructor({ log, records }: FinalLog, dead: FinalLog | undefined, violated: Violated) {
    this.#log = log;
    this.#dead = dead;
    this.#violated = violated;
    for (const { value } of [...records, ...(dead?.records ?? [])])
      this.#there.set(value, (this.#there.get(value) ?? 0) + 1);
  }

  check(): void {
    this.#inOrder();
    for (const batch of new Set(this.#log.sent.values())) this.#parted(batch);
  }

  #inOrder(): void {
    const last = new Map<string, { readonly order: number; readonly index: number }>();
    for (const { offset, value } of this.#dead?.records ?? []) {
      const batch = this.#log.sent.get(value);
      if (batch === undefined) continue; // of another partition; what nobody sent is told by another checker
      const where = `${this.#dead!.log.name} @${offset}: '${short(value)}'`;
      if (!isBad(value)) this.#violated(`N2: ${where} is a dead letter, and fits`);
      const sender = senderOf(batch);
      const before = last.get(sender);
      const now = { order: batch.order, index: batch.values.indexOf(value) };
      last.set(sender, now);
      const isBehind =
        before !== undefined &&
        (now.order < before.order || (now.order === before.order && now.index <= before.index));
      if (isBehind && batch.kind !== 'plain' && isSmall(batch))
        this.#violated(`N2: ${where} of batch ${now.order} comes after one of batch ${before.order}`);
    }
  }

  /** All of a batch got in as often: what fits into its log, the rest into the other one. */
  #parted(batch: SentBatch): void {
    const { values, acknowledged, attempts, log, producer, order } = batch;
    const counts = values.map((value) => this.#there.get(value) ?? 0);
    const rest = counts.filter((_, n) => !isBad(values[n]!));
    const letters = counts.filter((_, n) => isBad(values[n]!));
    const isRight = (count: number) =>
      counts.every((one) => one === count) || (!isSmall(batch) && letters.every((one) => one >= count));
    const least = acknowledged === undefined ? 0 : 1;
    const most = attempts.filter(({ outcome }) => outcome !== 'definite').length;
    const count = rest[0] ?? letters[0]!;
    if (!isRight(count) || count < least || count > Math.max(most, least))
      this.#violated(
        `N2: ${log.name}: of batch ${order} of ${producer} there are ${rest} records and ${letters} dead letters; it was ${acknowledged === undefined ? 'not ' : ''}acknowledged`,
      );
  }
}

function isSmall({ values }: SentBatch): boolean {
  return values.reduce((sum, value) => sum + value.length, 0) < SURELY_ONE_FRAME_BYTES;
}
