/** The topic that takes what a topic refuses: its own name with `.dead` behind it, unless the settings name another one. Pure. */
import { InvalidSetting } from '../config/index.ts';
import { isInternalTopic } from './image.ts';
import { isTopicName } from './topic-name.ts';

const SETTING = 'gregor.canonical.dead.topic';

export function deadLetterTopicOf(topic: string, configured: string): string {
  return configured === '' ? `${topic}.dead` : configured;
}

/** Whether what is set on this topic names a topic that may take its dead letters. Throws InvalidSetting. */
export function checkDeadLetterTopic(topic: string, texts: ReadonlyMap<string, string>): void {
  if (texts.get('gregor.canonical.reject') !== 'deadletter' && !texts.has(SETTING)) return;
  const name = deadLetterTopicOf(topic, texts.get(SETTING) ?? '');
  if (!isTopicName(name)) throw new InvalidSetting(SETTING, `${SETTING}: '${name}' cannot be a topic's name`);
  if (isInternalTopic(name))
    throw new InvalidSetting(SETTING, `${SETTING}: ${name} is written by the broker alone`);
  if (name === topic)
    throw new InvalidSetting(SETTING, `${SETTING}: '${name}' refused these records; name another topic`);
}
