/**
 * Transactional producers in a closed loop, as a program of its own so that it can be bound to a core; prints what it saw as JSON.
 *
 * A transaction of the second protocol (KIP-890) is one batch for each partition, all sent at once, and the end when all are
 * acknowledged. Whoever is asked to come again (CONCURRENT_TRANSACTIONS: Kafka, while it still writes the markers of the
 * transaction before) does so, and the wait counts as latency.
 */
import {
  encodeBatch,
  endTxnApi,
  ERRORS,
  errorNameOf,
  findCoordinatorApi,
  initProducerIdApi,
  produceApi,
} from '../../src/protocol/index.ts';
import { number, readOptions, text } from '../../scripts/options.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import { processorSeconds } from '../machine.ts';
import { percentiles } from '../statistics.ts';

/** Come again: the transaction before is not over, or (at the start) the coordinator is not there yet. */
const AGAIN: ReadonlySet<number> = new Set([
  ERRORS.CONCURRENT_TRANSACTIONS[0],
  ERRORS.COORDINATOR_NOT_AVAILABLE[0],
  ERRORS.COORDINATOR_LOAD_IN_PROGRESS[0],
  ERRORS.NOT_COORDINATOR[0],
]);
/** Java's producers wait 20 ms; less is kinder to who asks for it. */
const AGAIN_AFTER_MS = 5;
const TIMEOUT_MS = 60_000;
const TRANSACTION = 1;

const { values } = readOptions(import.meta.filename, {
  port: number(9092),
  topic: text('transactions'),
  partitions: number(1),
  producers: number(1),
  records: number(1),
  'value-bytes': number(100),
  'warm-up': number(0),
  seconds: number(5),
  /** Of the server. */
  pid: number(process.pid),
});
const { topic, port, partitions } = values;
const payload = Array.from({ length: values.records }, (_, n) => ({
  key: null,
  value: Buffer.alloc(values['value-bytes'], n),
  headers: [],
  timestamp: Date.now(),
}));
/** Known once everybody has ended a first transaction: on a busy machine twenty producers take seconds until they have their ids. */
let measureFrom = Number.POSITIVE_INFINITY;
let endAt = Number.POSITIVE_INFINITY;
const produceMs: number[] = [];
const commitMs: number[] = [];
let committed = 0;

const atWork = Array.from({ length: values.producers }, () => Promise.withResolvers<void>());
const producing = Promise.all(atWork.map(({ resolve }, n) => produceAlong(n, resolve)));
await Promise.race([Promise.all(atWork.map(({ promise }) => promise)), producing]);
measureFrom = performance.now() + values['warm-up'] * 1000;
endAt = measureFrom + values.seconds * 1000;
await new Promise((resolve) => setTimeout(resolve, measureFrom - performance.now()));
const before = { server: processorSeconds(values.pid), load: process.cpuUsage(), at: performance.now() };
await new Promise((resolve) => setTimeout(resolve, endAt - performance.now()));
const { user, system } = process.cpuUsage(before.load);
const measured = {
  seconds: (performance.now() - before.at) / 1000,
  serverSeconds: processorSeconds(values.pid) - before.server,
  loadSeconds: (user + system) / 1e6,
};
await producing;
console.log(
  JSON.stringify({
    ...measured,
    transactions: commitMs.length,
    committed,
    produceMs: percentiles(produceMs),
    commitMs: percentiles(commitMs),
  }),
);

async function produceAlong(n: number, isAtWork: () => void): Promise<void> {
  const client = await WireClient.connect(port);
  const transactionalId = `${topic}-${n}`;
  // Kafka makes `__transaction_state` when somebody asks for the first time.
  await until([], () => client.send(findCoordinatorApi, 3, { key: transactionalId, keyType: TRANSACTION }));
  let producer: { readonly producerId: number; readonly producerEpoch: number } = await until([], () =>
    client.send(initProducerIdApi, 5, { transactionalId, transactionTimeoutMs: TIMEOUT_MS }),
  );
  while (performance.now() < endAt) {
    const { producerId, producerEpoch } = producer;
    const records = encodeBatch({
      records: payload,
      producerId,
      producerEpoch,
      baseSequence: 0,
      isTransactional: true,
    });
    await Promise.all(
      Array.from({ length: partitions }, (_, index) =>
        until(produceMs, async () => {
          const topicData = [{ name: topic, partitionData: [{ index, records }] }];
          const answer = await client.send(produceApi, 12, {
            transactionalId,
            acks: -1,
            timeoutMs: TIMEOUT_MS,
            topicData,
          });
          return answer.responses[0]!.partitionResponses[0]!;
        }),
      ),
    );
    producer = await until(commitMs, () =>
      client.send(endTxnApi, 5, { transactionalId, producerId, producerEpoch, committed: true }),
    );
    committed++;
    isAtWork();
  }
  client.close();
}

/** Asks until it is done; how long that took is kept when it began and ended in the measured time. */
async function until<T extends { readonly errorCode: number }>(
  latencies: number[],
  work: () => Promise<T>,
): Promise<T> {
  const began = performance.now();
  for (;;) {
    const answer = await work();
    const now = performance.now();
    if (answer.errorCode === 0) {
      if (began >= measureFrom && now <= endAt) latencies.push(now - began);
      return answer;
    }
    if (!AGAIN.has(answer.errorCode)) throw new Error(`refused: ${errorNameOf(answer.errorCode)}`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
  }
}
