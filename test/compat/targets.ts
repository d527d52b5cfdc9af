/** Targets: the brokers that a client check runs against, each as a process that can be killed and started again. */
import path from 'node:path';
import { BrokerProcess, freePort } from '../wire/broker-process.ts';
import { kafkaHome } from './kafka/home.ts';
import { KafkaProcess } from './kafka/kafka-process.ts';

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
  settings: readonly string[] = [],
): Promise<Target> {
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
