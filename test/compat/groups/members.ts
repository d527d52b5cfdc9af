/** The clients that take part in the group checks: how each member is started, or why it cannot be here. */
import path from 'node:path';
import { kafkaHome, LOG_SETTINGS } from '../kafka/home.ts';
import { type Command, go, python } from '../suites.ts';

export type Protocol = 'classic' | 'cooperative' | 'consumer';

export interface Client {
  readonly protocols: readonly Protocol[];
  /** Can be a static member, and can subscribe by a regular expression. */
  readonly isStatic: boolean;
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
    isStatic: true,
    hasPatterns: true,
    command: python('../groups/members/confluent_member.py'),
  },
  java: {
    protocols: ['classic', 'cooperative', 'consumer'],
    isStatic: true,
    hasPatterns: true,
    command: java,
  },
  aiokafka: {
    protocols: ['classic'],
    isStatic: true,
    hasPatterns: false,
    command: python('../groups/members/aiokafka_member.py'),
  },
  'franz-go': {
    protocols: ['classic', 'cooperative', 'consumer'],
    isStatic: true,
    hasPatterns: true,
    command: go('member'),
  },
  kafkajs: {
    protocols: ['classic'],
    isStatic: false,
    hasPatterns: false, // it looks for topics once, when it subscribes
    command: () => ({ run: [process.execPath, member('kafkajs_member.ts')] }),
  },
};
