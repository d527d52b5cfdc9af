/** Brokers: the two that scripts are played to, with the same settings. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startBroker } from '../../src/testing/index.ts';
import { kafkaHome } from '../compat/kafka/home.ts';
import { KafkaProcess } from '../compat/kafka/kafka-process.ts';
import { freePort } from '../wire/broker-process.ts';

/** Scripts write records of 2023: nothing may expire. Each setting is known to both. */
const SETTINGS = {
  'log.retention.ms': '-1',
  'group.min.session.timeout.ms': '100',
  'group.initial.rebalance.delay.ms': '0',
  'group.consumer.assignment.interval.ms': '0',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.num.partitions': '4',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '100',
};

export interface PlayedBroker extends AsyncDisposable {
  readonly port: number;
}

export async function startOurs(): Promise<PlayedBroker> {
  const broker = await startBroker({ settings: SETTINGS });
  return { port: broker.port, [Symbol.asyncDispose]: () => broker.kill() };
}

/** Throws when Apache Kafka is not to be had here. */
export async function startKafka(): Promise<PlayedBroker & { readonly version: string }> {
  const home = kafkaHome();
  if ('missing' in home) throw new Error(home.missing);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'gregor-differential-'));
  const kafka = new KafkaProcess(home, path.join(folder, 'kafka'), await freePort(), SETTINGS);
  await kafka.start();
  return {
    port: kafka.port,
    version: home.version,
    async [Symbol.asyncDispose]() {
      await kafka.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
