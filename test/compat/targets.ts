/** Targets: the brokers that a client check runs against, each as a process that can be killed and started again. */
import path from 'node:path';
import { BrokerProcess, freePort } from '../wire/broker-process.ts';
import { kafkaHome } from './kafka/home.ts';
import { KafkaProcess } from './kafka/kafka-process.ts';

/** The suites' records are of 2023: the first look of the retention, 30 s after a start, would delete them, in Apache Kafka as in Gregor. */
const KEEPS_OLD_RECORDS = 'log.retention.ms=-1';

export type TargetName = 'gregor' | 'kafka';

export interface Target {
  readonly port: number;
  start(): Promise<void>;
  /** kill -9. */
  kill(): Promise<number | null>;
  stop(): Promise<number | null>;
}

/** Throws when Apache Kafka is not to be had here. */
export async function makeTarget(
  name: TargetName,
  folder: string,
  /** `name=value`, the same for both. */
  given: readonly string[] = [],
): Promise<Target> {
  const settings = [KEEPS_OLD_RECORDS, ...given];
  const port = await freePort();
  if (name === 'gregor')
    return new BrokerProcess(
      path.join(folder, name),
      port,
      settings.flatMap((setting) => ['--set', setting]),
    );
  const home = kafkaHome();
  if ('missing' in home) throw new Error(home.missing);
  const texts = Object.fromEntries(settings.map((setting) => setting.split('=') as [string, string]));
  return new KafkaProcess(home, path.join(folder, name), port, texts);
}

export function targetNames(option: string): TargetName[] {
  if (option === 'both') return ['gregor', 'kafka'];
  if (option === 'gregor' || option === 'kafka') return [option];
  throw new Error(`--target is gregor, kafka or both, not '${option}'`);
}
