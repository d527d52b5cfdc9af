/** Topic names: 1-249 of letters, digits, `.`, `_`, `-`; never `.` or `..`; never a path (Kafka's Topic.validate). */
import { KafkaError } from '../protocol/index.ts';

const NAME_LENGTH_MAX = 249;

export function checkTopicName(name: string): void {
  const problem = problemOf(name);
  if (problem !== undefined) throw new KafkaError('INVALID_TOPIC_EXCEPTION', problem);
}

export function isTopicName(name: string): boolean {
  return problemOf(name) === undefined;
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'a topic name may not be empty';
  if (name === '.' || name === '..') return "a topic name may not be '.' or '..'";
  if (name.length > NAME_LENGTH_MAX)
    return `a topic name has at most ${NAME_LENGTH_MAX} characters, this one ${name.length}`;
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    return `'${name.slice(0, 40)}' holds other characters than letters, digits, '.', '_' and '-'`;
  return undefined;
}
