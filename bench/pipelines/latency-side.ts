/**
 * LatencySide: a broker, a pipeline as a process of its own, few records, and the time of each: from the moment it is due at its producer
 * until a reader of committed records has what the pipeline made of it. An open loop: who falls behind pays in every later latency.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { decodeRecords, encodeBatch, fetchApi, forEachBatch, produceApi } from '../../src/protocol/index.ts';
import type { Guarantee } from '../../src/streams/index.ts';
import { wholeBatches } from '../../test/exactly-once/committed-reader.ts';
import { WireClient } from '../../test/wire/wire-client.ts';
import type { Sample, Side } from '../figure.ts';
import { Served } from '../served.ts';
import type { ServerKind } from '../server.ts';
import { percentiles } from '../statistics.ts';
import type { Tools } from '../tools.ts';
import { createTopic, deleteTopic } from '../topic.ts';
import type { Application } from './application.ts';
import { PARTITIONS, type Reading } from './input.ts';

const PER_SECOND = 100;
/** Until the pipeline is at work, and a Java machine has compiled what it compiles at this rate. */
const WARM_UP_SECONDS = 10;
const START_MS = 180_000;
const LAST_MS = 30_000;
const READ_COMMITTED = 1;
const BYTES = 1024 * 1024;

export class LatencySide implements Side {
  readonly name: string;
  readonly #served: Served;
  readonly #application: Application;
  readonly #guarantee: Guarantee;
  readonly #tools: Tools;
  #count = 0;

  constructor(broker: ServerKind, application: Application, guarantee: Guarantee, tools: Tools) {
    this.name = `${application.name} on ${broker.name}`;
    this.#served = new Served(broker, tools);
    this.#application = application;
    this.#guarantee = guarantee;
    this.#tools = tools;
  }

  async sample(seconds: number): Promise<Sample> {
    const { port } = await this.#served.server();
    const n = this.#count++;
    const [source, target] = [`readings-${n}`, `clean-${n}`];
    for (const topic of [source, target]) await createTopic(port, topic, PARTITIONS);
    const folder = await this.#tools.folder('pipeline');
    const common = { mode: 'dedupe', guarantee: this.#guarantee, folder } as const;
    const { command, environment } = this.#application.command({
      ...{ port, source, target, name: `latency-${n}` },
      ...common,
    });
    const [program, ...args] = [...this.#tools.load, ...command];
    const child = spawn(program!, args, { stdio: 'ignore', env: { ...process.env, ...environment } });
    try {
      const latenciesMs = await measured({ port, source, target }, seconds, child);
      const { p50, p99 } = percentiles(latenciesMs);
      return { p50Ms: p50, p99Ms: p99, records: latenciesMs.length };
    } finally {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      for (const topic of [source, target]) await deleteTopic(port, topic);
    }
  }

  async close(): Promise<void> {
    await this.#served.close();
    await this.#application.close?.();
  }
}

interface Place {
  readonly port: number;
  readonly source: string;
  readonly target: string;
}

/** Of every record that was due after the warm-up, which begins when the first output is there. */
async function measured(place: Place, seconds: number, child: ChildProcess): Promise<number[]> {
  const [producer, reader] = [await WireClient.connect(place.port), await WireClient.connect(place.port)];
  const dueMs = new Map<string, number>();
  const latenciesMs: number[] = [];
  let countsFromMs = Infinity;
  let isOver = false;
  const reading = readAll(
    reader,
    place.target,
    (id) => {
      const due = dueMs.get(id);
      if (due === undefined) throw new Error(`${id} came twice, or was never sent`);
      dueMs.delete(id);
      if (countsFromMs === Infinity) countsFromMs = performance.now() + WARM_UP_SECONDS * 1_000;
      if (due >= countsFromMs) latenciesMs.push(performance.now() - due);
    },
    () => isOver,
  );
  let failure: unknown;
  reading.catch((error: unknown) => (failure = error));
  try {
    const startMs = performance.now();
    const isMeasured = () => performance.now() >= countsFromMs + seconds * 1_000;
    for (let n = 0; !isMeasured(); n++) {
      const due = startMs + (n * 1_000) / PER_SECOND;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      if (failure !== undefined) throw failure;
      if (countsFromMs === Infinity && due - startMs > START_MS)
        throw new Error(`no output in ${START_MS / 1_000} s`);
      if (child.exitCode !== null) throw new Error(`the pipeline ended with ${child.exitCode}`);
      dueMs.set(`l-${n}`, due);
      void send(producer, place.source, n).catch((error: unknown) => (failure = error));
    }
    for (const deadline = performance.now() + LAST_MS; dueMs.size > 0 && performance.now() < deadline; )
      await new Promise((resolve) => setTimeout(resolve, 20));
    if (dueMs.size > 0) throw new Error(`${dueMs.size} records have no output after ${LAST_MS / 1_000} s`);
    return latenciesMs;
  } finally {
    isOver = true;
    await reading.catch(() => undefined); // told above
    producer.close();
    reader.close();
  }
}

async function send(client: WireClient, topic: string, n: number): Promise<void> {
  const reading: Reading = {
    ...{ id: `l-${n}`, sensor: `sensor-${n % PARTITIONS}`, at: Date.now(), kind: 'reading' },
    ...{ value: n / 8, place: 'hall 7, between the second and the third door' },
  };
  const records = [
    {
      key: Buffer.from(reading.sensor),
      value: Buffer.from(JSON.stringify(reading)),
      timestamp: reading.at,
      headers: [],
    },
  ];
  const partitionData = [{ index: n % PARTITIONS, records: encodeBatch({ records }) }];
  const topicData = [{ name: topic, partitionData }];
  const answer = await client.send(produceApi, 9, { acks: -1, timeoutMs: 30_000, topicData });
  const { errorCode } = answer.responses[0]!.partitionResponses[0]!;
  if (errorCode !== 0) throw new Error(`the input was refused: error ${errorCode}`);
}

/** Every committed record, as soon as it is there. Nothing is aborted here: no pipeline fails. */
async function readAll(client: WireClient, topic: string, onId: (id: string) => void, isOver: () => boolean) {
  const next = Array.from({ length: PARTITIONS }, () => 0);
  while (!isOver()) {
    const partitions = next.map((fetchOffset, partition) => ({
      partition,
      fetchOffset,
      partitionMaxBytes: BYTES,
    }));
    const answer = await client.send(fetchApi, 11, {
      ...{ maxWaitMs: 500, minBytes: 1, maxBytes: BYTES, isolationLevel: READ_COMMITTED },
      ...{ sessionId: 0, sessionEpoch: -1, topics: [{ topic, partitions }] },
    });
    for (const { partitionIndex, errorCode, records, abortedTransactions } of answer.responses[0]
      ?.partitions ?? []) {
      if (errorCode !== 0) throw new Error(`fetching ${topic}-${partitionIndex}: error ${errorCode}`);
      if ((abortedTransactions ?? []).length > 0) throw new Error(`${topic}: a transaction was aborted`);
      forEachBatch(wholeBatches(records ?? Buffer.alloc(0)), (batch) => {
        if (!batch.isControl)
          for (const { offset, value } of decodeRecords(batch, BYTES))
            if (offset >= next[partitionIndex]!) onId((JSON.parse(String(value)) as Reading).id);
        next[partitionIndex] = batch.lastOffset + 1;
      });
    }
  }
}
