/** The clients that take part in the group checks: how each member is started, or why it cannot be here. */
import path from 'node:path';
import { kafkaHome, LOG_SETTINGS } from '../kafka/home.ts';
import { type Command, go, python } from '../suites.ts';

export type Protocol = 'classic' | 'cooperative' | 'consumer';

export interface Client {
  readonly protocols: readonly Protocol[];
  /** In which protocols a static member restarts without a rebalance, here and with Apache Kafka. */
  readonly staticIn: readonly Protocol[];
  /** In which protocols it does not look whether partitions were added, and finds them when the group shares anew. */
  readonly blindIn?: readonly Protocol[];
  /** A static member that is stopped leaves for good: only one that was killed comes back to its partitions. */
  readonly leavesForGood?: true;
  /** Finds topics that come later, by a regular expression. */
  readonly hasPatterns: boolean;
  readonly command: () => Command;
}

const member = (file: string) => path.join(import.meta.dirname, 'members', file);

function java(): Command {
  const home = kafkaHome();
  if ('missing' in home) return home;
  const options = [
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    `-Dlog4j2.configurationFile=${LOG_SETTINGS}`,
  ];
  return { run: ['java', '-cp', home.classPath, ...options, member('Member.java')] };
}

export const CLIENTS: Readonly<Record<string, Client>> = {
  'confluent-kafka': {
    protocols: ['classic', 'cooperative', 'consumer'],
    staticIn: ['classic', 'cooperative', 'consumer'],
    hasPatterns: true,
    command: python('../groups/members/confluent_member.py'),
  },
  java: {
    protocols: ['classic', 'cooperative', 'consumer'],
    staticIn: ['classic', 'cooperative', 'consumer'],
    hasPatterns: true,
    command: java,
  },
  aiokafka: {
    protocols: ['classic'],
    staticIn: ['classic'],
    hasPatterns: false,
    command: python('../groups/members/aiokafka_member.py'),
  },
  'franz-go': {
    protocols: ['classic', 'cooperative', 'consumer'],
    staticIn: ['classic', 'cooperative'], // in the new protocol it does not say that it will be back
    hasPatterns: true,
    command: go('member'),
  },
  platformatic: {
    protocols: ['classic', 'cooperative', 'consumer'],
    staticIn: ['classic', 'cooperative'], // in the new protocol a name is not released before the session ends
    blindIn: ['classic', 'cooperative'],
    leavesForGood: true,
    hasPatterns: false, // it has no expressions
    command: () => ({ run: [process.execPath, member('platformatic_member.ts')] }),
  },
  kafkajs: {
    protocols: ['classic'],
    staticIn: [],
    hasPatterns: false, // it looks for topics once, when it subscribes
    command: () => ({ run: [process.execPath, member('kafkajs_member.ts')] }),
  },
};
